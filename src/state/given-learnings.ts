import type { ClaimAnswer, LearningNote } from '../protocol/answers.ts';
import type { Caller } from './calls.ts';
import type { Learning } from './learning-events.ts';
import { concerned } from './learning-paths.ts';
import { COORDINATOR } from './roster.ts';
import type { State } from './state.ts';
import type { Transaction } from './transaction.ts';

/** Learnings that an agent gets without asking: with what it claims, and as a count of what is new. */

/** Learnings that go with one grant. */
const GIVEN_MAX = 3;
/** A longer body stays behind, in characters of its JSON: `learnings` has it. */
const BODY_MAX_CHARS = 300;

/** The answer with the learnings about the files just granted. A session is handed each learning once. */
export function withLearnings(
  tx: Transaction,
  caller: Caller,
  paths: readonly { path: string }[],
  answer: ClaimAnswer,
): ClaimAnswer {
  if (!answer.granted) return answer;
  const learnings = handOut(tx, caller.session, paths);
  return learnings.length === 0 ? answer : { ...answer, learnings };
}

/** How many learnings of others `caller` has neither searched for nor been handed. */
export function newLearnings(state: State, { agent, session }: Caller): number {
  const looked = state.agents.get(agent)?.learned ?? 0;
  if (looked >= state.learned) return 0;
  const handed = state.volatile.handed.get(session);
  let count = 0;
  for (const { id, n, agent_id } of state.learnings.values())
    if (n > looked && agent_id !== agent && !handed?.has(id)) count += 1;
  return count;
}

function handOut({ state }: Transaction, session: string, paths: readonly { path: string }[]): LearningNote[] {
  if (state.learnings.size === 0 || paths.length === 0) return [];
  const handed = state.volatile.handed.get(session) ?? new Set<string>();
  const closeness = concerned(
    state.learnings,
    paths.map(({ path }) => path),
  );
  const best: { learning: Learning; close: number }[] = [];
  for (const [id, close] of closeness) {
    const learning = state.learnings.get(id);
    if (!learning || handed.has(id)) continue;
    const place = best.findIndex(
      (other) => close > other.close || (close === other.close && learning.n > other.learning.n),
    );
    if (place === -1 && best.length === GIVEN_MAX) continue;
    best.splice(place === -1 ? best.length : place, 0, { learning, close });
    best.length = Math.min(best.length, GIVEN_MAX);
  }
  if (best.length > 0) state.volatile.handed.set(session, handed);
  for (const { learning } of best) handed.add(learning.id);
  return best.map(({ learning }) => shortNote(learning));
}

/** The titles of what the coordinator found say all there is to say in passing. */
function shortNote({ id, category, title, body, agent_id }: Learning): LearningNote {
  const { paths: _, branch: __, ...details } = body;
  const isShown =
    agent_id !== COORDINATOR && Object.keys(details).length > 0 && JSON.stringify(details).length <= BODY_MAX_CHARS;
  return { id, category, title, ...(isShown ? { body: details } : {}) };
}
