import MiniSearch from 'minisearch';
import type { LearningNote } from '../protocol/answers.ts';
import type { LearningsRequest } from '../protocol/requests.ts';
import type { Learning } from './learnings.ts';

/** What a search takes of a `learnings` request. */
export type LearningQuery = Pick<LearningsRequest, 'query' | 'category' | 'branch' | 'paths' | 'limit'>;

/** A word may differ from the one in the text by a fifth of its letters. */
const FUZZINESS = 0.2;

interface Index {
  search: MiniSearch<Learning>;
  /** Ids that are in the index; records come one by one and never change their text. */
  known: Set<string>;
}

/** One index for each set of learnings. It is derived from the state, and goes with it. */
const indexes = new WeakMap<ReadonlyMap<string, Learning>, Index>();

/**
 * Finds learnings: full text with prefixes and misspellings over title, body and category; without a query
 * the newest first. Records about one of `paths` come before all others.
 */
export function searchLearnings(all: ReadonlyMap<string, Learning>, query: LearningQuery): LearningNote[] {
  const fits = (learning: Learning): boolean =>
    (query.category === undefined || learning.category === query.category) &&
    (query.branch === undefined || learning.branch_id === query.branch);
  const found = (query.query === undefined ? newestFirst(all) : byText(all, query.query)).filter(fits);
  const ranked = query.paths ? byPaths(found, query.paths) : found;
  return ranked.slice(0, query.limit).map(note);
}

function newestFirst(all: ReadonlyMap<string, Learning>): Learning[] {
  return [...all.values()].reverse();
}

function byText(all: ReadonlyMap<string, Learning>, text: string): Learning[] {
  return indexOf(all)
    .search.search(text, { prefix: true, fuzzy: FUZZINESS })
    .flatMap((hit) => all.get(String(hit.id)) ?? []);
}

function byPaths(found: Learning[], paths: readonly string[]): Learning[] {
  const concerned = (learning: Learning): number =>
    pathsOf(learning).some((own) => paths.some((path) => own === path || isBelow(own, path) || isBelow(path, own)))
      ? 0
      : 1;
  return [...found].sort((a, b) => concerned(a) - concerned(b));
}

function indexOf(all: ReadonlyMap<string, Learning>): Index {
  let index = indexes.get(all);
  if (!index) {
    index = {
      known: new Set(),
      search: new MiniSearch<Learning>({
        fields: ['title', 'category', 'body'],
        extractField: (learning, field) =>
          field === 'body' ? JSON.stringify(learning.body) : String(learning[field as 'id' | 'title' | 'category']),
      }),
    };
    indexes.set(all, index);
  }
  if (index.known.size < all.size) {
    for (const learning of all.values()) {
      if (index.known.has(learning.id)) continue;
      index.known.add(learning.id);
      index.search.add(learning);
    }
  }
  return index;
}

function pathsOf(learning: Learning): string[] {
  const { paths } = learning.body;
  return Array.isArray(paths) ? paths.filter((path): path is string => typeof path === 'string') : [];
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

function note(learning: Learning): LearningNote {
  const { branch_id, agent_id, at, count } = learning;
  return {
    id: learning.id,
    category: learning.category,
    title: learning.title,
    body: learning.body,
    ...(branch_id === undefined ? {} : { branch_id }),
    agent_id,
    at,
    ...(count === 1 ? {} : { count }),
  };
}
