import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Verdict } from '../claims/claim-events.ts';
import { isIgnored } from '../patterns/ignored-files.ts';
import { type Declared, declaredAbout, judge } from './file-declarations.ts';
import type { Changes, FileIndex } from './file-index.ts';
import type { View } from './forward-overlaps.ts';
import { nameOf, type Side, type Sides } from './sides.ts';

/** A conflict over one file, as it stands now. */
export interface FoundConflict {
  shape: 'in-flight' | 'ownership';
  path: string;
  /** The names of all sides concerned, sorted. */
  agents: string[];
  /** The sides, each with those of its agents who are concerned. */
  parties: ReadonlyMap<Side, readonly string[]>;
  /** One word for each side and its part in it, sorted; a new word is news. */
  basis: string[];
  verdict?: Verdict;
  cross?: boolean;
  /** Ownership: those of `agents` who change the file, and what the others have declared. */
  violators?: string[];
  owners?: Declared[];
}

/** The conflicts over one file: none, or one of each shape. */
export function findFileConflicts(view: View, index: FileIndex, path: string): FoundConflict[] {
  const changes = index.files.get(path);
  if (!changes || isIgnored(view.config.conflict.ignore, path)) return [];
  const changing = sidesThat(index.sides, [...changes.dirty, ...changes.unmerged]);
  if (changing.size === 0) return [];
  const declared = declaredAbout(view, index.sides, path);
  return [inFlight(path, changing, declared), ownership(index.sides, path, changes, declared)].filter(
    (found) => found !== undefined,
  );
}

/** Of some agents, each side that counts, with those of them who belong to it. */
function sidesThat(sides: Sides, agents: readonly string[]): Map<Side, string[]> {
  const found = new Map<Side, string[]>();
  for (const agent of agents) {
    const side = sides.byKey.get(sides.keyOf.get(agent) ?? '');
    if (!side?.counts) continue;
    const known = found.get(side);
    if (!known) found.set(side, [agent]);
    else if (!known.includes(agent)) known.push(agent);
  }
  return found;
}

function inFlight(
  path: string,
  changing: ReadonlyMap<Side, readonly string[]>,
  declared: readonly Declared[],
): FoundConflict | undefined {
  if (changing.size < 2) return undefined;
  const { verdict, cross } = judge(
    [...changing.keys()].map((side) => side.key),
    declared,
  );
  return {
    shape: 'in-flight',
    path,
    ...named(changing),
    basis: [...changing.keys()].map((side) => wordFor(side.key)).sort(),
    verdict,
    cross,
  };
}

/**
 * Whoever has uncommitted changes in what others have declared, and has declared nothing there, violates it. A file
 * of which others have declared a part is not theirs: which lines were changed is not known.
 */
function ownership(
  sides: Sides,
  path: string,
  { dirty }: Changes,
  declared: readonly Declared[],
): FoundConflict | undefined {
  if (declared.length === 0) return undefined;
  const violators = sidesThat(sides, dirty);
  for (const { side: key } of declared) {
    const side = sides.byKey.get(key);
    if (side) violators.delete(side);
  }
  const owners = declared.filter(({ as, region, side }) => as !== 'shared' && !region && sides.byKey.has(side));
  if (violators.size === 0 || owners.length === 0) return undefined;
  const parties = new Map(violators);
  for (const { agent, side: key } of owners) {
    const side = sides.byKey.get(key);
    if (side) parties.set(side, [...new Set([...(parties.get(side) ?? []), agent])]);
  }
  return {
    shape: 'ownership',
    path,
    ...named(parties),
    basis: [
      ...[...violators.keys()].map((side) => `v${wordFor(side.key)}`),
      ...new Set(owners.map(({ side, as }) => `${as === 'exclusive' ? 'c' : 'i'}${wordFor(side)}`)),
    ].sort(),
    violators: [...violators].map(([side, agents]) => nameOf(side, agents)).sort(),
    owners,
  };
}

function named(parties: ReadonlyMap<Side, readonly string[]>): Pick<FoundConflict, 'agents' | 'parties'> {
  return { agents: [...parties].map(([side, agents]) => nameOf(side, agents)).sort(), parties };
}

/** A short word that stands for a side in records, by its key. */
export function wordFor(key: string): string {
  let word = words.get(key);
  if (word === undefined) {
    word = bytesToHex(sha1(utf8ToBytes(key))).slice(0, WORD_DIGITS);
    if (words.size >= WORDS_KEPT) words.clear();
    words.set(key, word);
  }
  return word;
}

const WORD_DIGITS = 10;
const WORDS_KEPT = 1000;
const words = new Map<string, string>();
