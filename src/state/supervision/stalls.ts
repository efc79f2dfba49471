import { quote } from '../../errors/quote.ts';
import { resolveWorktree } from '../roster/identity.ts';
import { type Agent, COORDINATOR, isOnline, SUPERVISOR, seenAt } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';

/** Agents that seem to make no progress. Told to the supervisor, once in a while for each agent and shape. */

export type StallShape = 'silent' | 'blocked' | 'dirty' | 'looping';

/** How long an agent that is online and working may not be heard of, in seconds. */
const SILENT_SECONDS = 1500;
/** How long a block or a question may go unanswered, in seconds. */
const BLOCKED_SECONDS = 900;
/** How many uncommitted files are too many, and for how long, in seconds. */
const DIRTY_FILES = 10;
const DIRTY_SECONDS = 600;
/** How often one branch may be given feedback without a new commit. */
const LOOPING_FEEDBACKS = 5;
/** How often the same is told again, in seconds. */
const REPEAT_SECONDS = 300;

/** Tells of every stall that is new or was last told long enough ago, and forgets those that are over. */
export function tickStalls(tx: Transaction): void {
  const told = tx.state.volatile.stalls;
  for (const agent of tx.state.agents.values()) {
    for (const shape of SHAPES) {
      const key = `${agent.id} ${shape}`;
      const text = agent.branch !== undefined && agent.branch === tx.state.base ? undefined : FOUND[shape](tx, agent);
      if (text === undefined) {
        told.delete(key);
        continue;
      }
      const last = told.get(key);
      if (last !== undefined && tx.now.mono - last < REPEAT_SECONDS * SECOND_MS) continue;
      told.set(key, tx.now.mono);
      tx.send({
        type: 'coordinator.stall',
        from: COORDINATOR,
        to: [SUPERVISOR],
        payload: { agent: agent.id, shape, text },
      });
    }
  }
}

/** Notes feedback on the branch of an agent, whoever gives it; a new commit there begins the count anew. */
export function countFeedback(tx: Transaction, agent: string): void {
  const known = tx.state.agents.get(agent);
  if (known?.role !== 'agent') return;
  // Commits are seen under the id of the worktree's branch.
  const counted = (known.worktree === undefined ? undefined : resolveWorktree(tx.state, known.worktree)) ?? known;
  tx.emit({ kind: 'agent', id: counted.id, set: { feedbacks: (counted.feedbacks ?? 0) + 1 } });
}

const SHAPES: readonly StallShape[] = ['silent', 'blocked', 'dirty', 'looping'];

/** What is told of an agent that has stalled in a way; undefined if it has not. */
const FOUND: Record<StallShape, (tx: Transaction, agent: Agent) => string | undefined> = {
  silent(tx, agent) {
    const seconds = (tx.now.wall - seenAt(tx.state, agent.id)) / SECOND_MS;
    if (agent.label !== 'working' || seconds < SILENT_SECONDS || !isOnline(tx.state, agent.id)) return undefined;
    return `${agent.id} is connected and working, and has not been heard of for ${minutes(seconds)}. Ask it by a note; if it does not answer, look at its terminal.`;
  },
  blocked(tx, agent) {
    const opening = [...tx.state.openings.values()].find(
      ({ from, seq }) => from === agent.id && waited(tx, seq) >= BLOCKED_SECONDS,
    );
    if (!opening) return undefined;
    const what = opening.kind === 'block' ? 'is blocked' : 'has asked';
    return `${agent.id} ${what} and has waited for ${opening.to.join(', ')} for ${minutes(waited(tx, opening.seq))}: ${quote(opening.text)}. Answer it (re ${opening.seq}), or ask ${opening.to.join(', ')} to.`;
  },
  dirty(tx, agent) {
    const count = agent.files.length + (agent.truncated ?? 0);
    const seconds = agent.dirtySince === undefined ? 0 : (tx.now.wall - agent.dirtySince) / SECOND_MS;
    if (count <= DIRTY_FILES || seconds < DIRTY_SECONDS) return undefined;
    return `${agent.id} has ${count} uncommitted files, for ${minutes(seconds)}. Ask it to commit what is finished.`;
  },
  looping(_tx, agent) {
    const count = agent.feedbacks ?? 0;
    if (count < LOOPING_FEEDBACKS) return undefined;
    return `${agent.id} was given feedback ${count} times without a new commit. Say what is to be done in other words, or give the work to somebody else.`;
  },
};

/** How long ago a message was sent, in seconds. */
function waited({ state, now }: { state: State; now: Transaction['now'] }, seq: number): number {
  const at = state.messages.get(seq)?.at;
  return at === undefined ? 0 : (now.wall - Date.parse(at)) / SECOND_MS;
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)} minutes`;
}
