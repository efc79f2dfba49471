import type { LearningNote } from '../../protocol/answers.ts';
import type { LearningsRequest } from '../../protocol/requests.ts';
import { ownerOf } from '../roster/identity.ts';
import { slug } from '../roster/slug.ts';
import type { State } from '../state.ts';
import type { Learning } from './learning-events.ts';
import { concerned } from './learning-paths.ts';
import { findByWords } from './learning-words.ts';

/** What a search takes of a `learnings` request. */
export type LearningQuery = Pick<LearningsRequest, 'query' | 'category' | 'branch' | 'paths' | 'limit'>;

/**
 * Finds learnings: by words, the best first; without words the newest first. Records that concern `paths` come
 * before all others.
 */
export function searchLearnings(state: State, query: LearningQuery): LearningNote[] {
  const isBranch = query.branch === undefined ? undefined : branchTest(state, query.branch);
  const fits = (learning: Learning): boolean =>
    (query.category === undefined || learning.category === query.category) &&
    (isBranch === undefined || (learning.branch_id !== undefined && isBranch(learning.branch_id)));
  const found =
    query.query === undefined
      ? newestFirst(state).filter(fits)
      : findByWords(state.learnings, query.query, fits).flatMap((id) => state.learnings.get(id) ?? []);
  const ranked = query.paths ? byPaths(state, found, query.paths, query.query !== undefined) : found;
  return ranked.slice(0, query.limit).map(noteOf);
}

function newestFirst(state: State): Learning[] {
  return [...state.learnings.values()].reverse();
}

/** Those that concern the paths first; of these the closest first, unless words have put them in order. */
function byPaths(state: State, found: Learning[], paths: readonly string[], isOrdered: boolean): Learning[] {
  const closeness = concerned(state.learnings, paths);
  const concerning = found.filter(({ id }) => closeness.has(id));
  if (!isOrdered) concerning.sort((a, b) => (closeness.get(b.id) ?? 0) - (closeness.get(a.id) ?? 0));
  return [...concerning, ...found.filter(({ id }) => !closeness.has(id))];
}

/** Tells whether a record's branch is the one meant, by an agent's id or by any name the branch has had. */
function branchTest(state: State, given: string): (branch: string) => boolean {
  const agent = state.agents.get(given) ?? ownerOf(state, given) ?? state.agents.get(slug(given));
  if (!agent) return (branch) => branch === given || slug(branch) === given;
  const names = new Set([given, agent.id, ...agent.aliases, ...(agent.branch === undefined ? [] : [agent.branch])]);
  return (branch) => names.has(branch);
}

function noteOf(learning: Learning): LearningNote {
  const { id, category, title, body, branch_id, agent_id, at, count } = learning;
  return {
    id,
    category,
    title,
    body,
    ...(branch_id === undefined ? {} : { branch_id }),
    agent_id,
    at,
    ...(count === 1 ? {} : { count }),
  };
}
