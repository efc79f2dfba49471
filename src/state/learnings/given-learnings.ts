import type { ClaimAnswer, LearningNote } from '../../protocol/answers.ts';
import type { Caller } from '../calls.ts';
import type { Wait } from '../claims/claim-events.ts';
import { COORDINATOR } from '../roster/roster.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import type { Learning } from './learning-events.ts';
import { concerned } from './learning-paths.ts';

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

/** The learnings that go with a grant by mail, if there are any; its agent's session is handed them too. */
export function mailedLearnings(tx: Transaction, wait: Wait): { learnings?: LearningNote[] } {
  const paths = wait.things.flatMap((thing) => (thing.on === 'path' ? [thing.target] : []));
  const learnings = handOut(tx, sessionOf(tx.state, wait.agent), paths);
  return learnings.length === 0 ? {} : { learnings };
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

/** The best of what concerns `paths`, without what the session was handed before; an agent without one may get it again. */
function handOut(
  { state }: Transaction,
  session: string | undefined,
  paths: readonly { path: string }[],
): LearningNote[] {
  if (state.learnings.size === 0 || paths.length === 0) return [];
  const handed = (session === undefined ? undefined : state.volatile.handed.get(session)) ?? new Set<string>();
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
    if (best.length > GIVEN_MAX) best.pop();
  }
  if (best.length > 0 && session !== undefined) state.volatile.handed.set(session, handed);
  for (const { learning } of best) handed.add(learning.id);
  return best.map(({ learning }) => shortNote(learning));
}

/** The session that speaks for an agent: a helper has its parent's. */
function sessionOf(state: State, agent: string): string | undefined {
  for (const session of state.sessions.values()) if (session.agent === agent) return session.id;
  const known = state.agents.get(agent);
  return known?.origin === 'subagent' && known.parent !== undefined ? sessionOf(state, known.parent) : undefined;
}

/** The titles of what the coordinator found say all there is to say in passing. */
function shortNote({ id, category, title, body, agent_id }: Learning): LearningNote {
  const { paths: _, branch: __, ...details } = body;
  const isShown =
    agent_id !== COORDINATOR && Object.keys(details).length > 0 && JSON.stringify(details).length <= BODY_MAX_CHARS;
  const by = agent_id === COORDINATOR ? {} : { agent_id };
  return { id, category, title, ...(isShown ? { body: details } : {}), ...by };
}
