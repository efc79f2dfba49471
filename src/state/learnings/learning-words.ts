import MiniSearch from 'minisearch';
import { watchChanges } from './learning-changes.ts';
import type { Learning } from './learning-events.ts';
import { Vocabulary } from './vocabulary.ts';

/**
 * Full-text search over learnings: title, category and body, with prefixes and misspellings. What a search costs
 * grows with how many records hold its words; those that nearly all hold are left out if there are better ones.
 */

interface WordIndex {
  pending: Set<string>;
  /** The records as they were entered; taking one out again needs it. */
  entered: Map<string, Learning>;
  vocabulary: Vocabulary;
  search: MiniSearch<Learning>;
}

/** A word may differ from the one in the text by a quarter of its letters: two of six, as where two are swapped. */
const FUZZINESS = 0.25;
/** Records that the words of one search may be in, added up; the rarest word is looked for in any case. */
const RECORDS_LOOKED_AT_MAX = 4000;
/** Longer words that begin with one of the query, and what such a word counts beside the word itself. */
const LONGER_WORDS_MAX = 30;
const LONGER_WORD_WEIGHT = 0.4;
/** Blanks, punctuation and symbols, so that `TZ=UTC` and `src/a.ts` fall into words. */
const BETWEEN_WORDS = /[\s\p{Z}\p{P}\p{S}\p{C}]+/u;

const indexes = new WeakMap<ReadonlyMap<string, Learning>, WordIndex>();

/** Ids of the learnings that hold words of `text` or words like them, and that `fits` lets pass; the best first. */
export function findByWords(
  all: ReadonlyMap<string, Learning>,
  text: string,
  fits: (learning: Learning) => boolean,
): string[] {
  const index = indexOf(all);
  for (const id of index.pending) refresh(all, index, id);
  const weights = weigh(index.vocabulary, new Set(wordsOf(text)));
  const hits = index.search.search([...weights.keys()].join(' '), {
    boostTerm: (word) => weights.get(word) ?? 1,
    // A word that is there is not misspelled.
    fuzzy: (word) => (index.vocabulary.count(word) === 0 ? FUZZINESS : false),
    filter: ({ id }) => {
      const learning = all.get(String(id));
      return learning !== undefined && fits(learning);
    },
  });
  return hits.map(({ id }) => String(id));
}

/**
 * Enters up to `count` learnings into the index, so that the first search need not enter all of them.
 * @returns whether some are left.
 */
export function enterSome(all: ReadonlyMap<string, Learning>, count: number): boolean {
  const index = indexOf(all);
  let left = count;
  for (const id of index.pending) {
    if (left === 0) return true;
    refresh(all, index, id);
    left -= 1;
  }
  return false;
}

function indexOf(all: ReadonlyMap<string, Learning>): WordIndex {
  const known = indexes.get(all);
  if (known) return known;
  const index: WordIndex = {
    pending: watchChanges(all),
    entered: new Map(),
    vocabulary: new Vocabulary(),
    search: new MiniSearch<Learning>({
      fields: ['text'],
      tokenize: wordsOf,
      extractField: (learning, field) => (field === 'text' ? textOf(learning) : learning.id),
    }),
  };
  indexes.set(all, index);
  return index;
}

function refresh(all: ReadonlyMap<string, Learning>, index: WordIndex, id: string): void {
  index.pending.delete(id);
  const before = index.entered.get(id);
  const now = all.get(id);
  if (before && now && textOf(before) === textOf(now)) return;
  if (before) {
    index.search.remove(before);
    index.entered.delete(id);
    index.vocabulary.remove(wordsOf(textOf(before)));
  }
  if (now) {
    index.search.add(now);
    index.entered.set(id, now);
    index.vocabulary.add(wordsOf(textOf(now)));
  }
}

/** What a search looks for: words that somebody wrote, the rare ones first, and words that may be misspelled. */
function weigh(vocabulary: Vocabulary, words: ReadonlySet<string>): Map<string, number> {
  const weights = new Map<string, number>();
  const longer = new Map([...words].map((word) => [word, vocabulary.startingWith(word, LONGER_WORDS_MAX)]));
  let left = RECORDS_LOOKED_AT_MAX;
  const take = (word: string, weight: number): void => {
    const cost = vocabulary.count(word);
    if (weights.has(word) || (cost > left && weights.size > 0)) return;
    left -= cost;
    weights.set(word, weight);
  };
  const rareFirst = [...words].sort((a, b) => vocabulary.count(a) - vocabulary.count(b));
  for (const word of rareFirst) if (vocabulary.count(word) > 0 || longer.get(word)?.length === 0) take(word, 1);
  for (const word of rareFirst) for (const other of longer.get(word) ?? []) take(other, LONGER_WORD_WEIGHT);
  return weights;
}

/** The title counts twice: its words say what a record is about. */
function textOf({ title, category, body }: Learning): string {
  return `${title} ${title} ${category} ${JSON.stringify(body)}`;
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(BETWEEN_WORDS)
    .filter((word) => word !== '');
}
