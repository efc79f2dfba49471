import { rmSync } from 'node:fs';
import { journalDamaged, journalShort } from '../errors/storage.ts';
import { layoutOf } from '../repository/layout.ts';
import { readBase } from './base.ts';
import { replay } from './replay.ts';
import type { NumberedRecord, Rules } from './rules.ts';
import { listSegments } from './segments.ts';
import { writeSnapshot } from './snapshot.ts';

/** What to make a snapshot of. */
export interface FoldJob {
  stateDir: string;
  /** The last record in the closed segments. */
  through: number;
}

export interface Folded {
  /** Number of the last record in the snapshot. */
  last: number;
  /** How many segments were removed. */
  removed: number;
}

/**
 * Makes a snapshot: applies the closed segments to the snapshot before it. Segments go only when the new snapshot is
 * on disk; those with records the previous snapshot lacks stay, so that it can still take the place of a damaged one.
 *
 * @throws PawError `storage` if the journal cannot be read up to `through`; the operating system's error if the
 *   snapshot cannot be written. Nothing is lost in either case
 */
export async function fold<S, R extends NumberedRecord>(
  { stateDir, through }: FoldJob,
  rules: Rules<S, R>,
): Promise<Folded> {
  const layout = layoutOf(stateDir);
  const { state, last: previous, from } = readBase(layout, rules);
  if (previous >= through) return { last: previous, removed: 0 };
  const { last, damage } = replay<R>({ journal: layout.journal, after: previous, through }, (record) =>
    rules.apply(state, record),
  );
  if (damage) throw journalDamaged(damage.file, damage.line, damage.problem);
  if (last !== through) throw journalShort(layout.journal, last, through);
  await writeSnapshot(layout, { last, state: rules.toSnapshot(state) }, { keepCurrent: from === 'snapshot' });
  return { last, removed: removeSegments(layout.journal, previous) };
}

/** Removes the segments that hold nothing after record `covered`, and never the last one. */
function removeSegments(journal: string, covered: number): number {
  const old = listSegments(journal).filter(({ end }) => end <= covered);
  for (const { path } of old) rmSync(path, { force: true });
  return old.length;
}
