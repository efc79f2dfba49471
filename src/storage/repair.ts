import { closeSync, constants, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repairFailed } from '../errors/doctor.ts';
import { createStateFolder, type StateLayout } from '../repository/layout.ts';
import { syncFolder } from '../repository/sync-folder.ts';
import { type Base, readBase } from './base.ts';
import { load } from './load.ts';
import type { NumberedRecord, Rules } from './rules.ts';
import { type Salvaged, salvageJournal, type Unreadable } from './salvage.ts';
import { createSegmentFile } from './segment-file.ts';
import { listSegments } from './segments.ts';
import { writeSnapshot } from './snapshot.ts';

/** What became of a state that could not be read as a whole. */
export interface Repaired<R> {
  /** What the state begins with: a snapshot, or nothing. */
  from: Base<unknown>['from'];
  /** Number of the last record in the state now. */
  last: number;
  /** The highest number that is known of; above `last` if records were lost. */
  highest: number;
  /** The records after the gap: they can be read, and make no sense without what is missing before them. */
  behind: R[];
  /** Stretches of the journal that cannot be read. */
  unreadable: Unreadable[];
  /** Snapshots that cannot be read. */
  snapshots: { file: string; problem: string }[];
  /** The folder with a copy of everything as it was. */
  copies: string;
}

/** Records that are no part of the state any more: those that can be read, and how many others there were. */
export interface Lost<R> {
  behind: R[];
  unknown: number;
}

export interface RepairOptions<S, R> {
  term: number;
  stamp: string;
  afterLoss?: (state: S, lost: Lost<R>) => void;
}

/**
 * Makes a state that cannot be read as a whole readable again: with the newest snapshot that can be read and every
 * record that follows it without a gap. Everything is copied first, and nothing is removed. Only for the holder of
 * the office.
 *
 * @param term number of the office: what is written now takes the place of all that was written before
 * @param stamp names the folder of the copies
 * @param afterLoss changes the state for what is lost, such as numbers that must not be given twice
 * @throws PawError `environment` if a file is of a later format; `storage` if the repair could not be written, and
 *   the state is then as it was
 */
export async function repair<S, R extends NumberedRecord>(
  stateDir: string,
  rules: Rules<S, R>,
  { term, stamp, afterLoss }: RepairOptions<S, R>,
): Promise<Repaired<R>> {
  const layout = createStateFolder(stateDir);
  const salvaged = salvageJournal<R>(layout.journal);
  const { base, last } = rebuild(layout, rules, salvaged);
  const copies = join(layout.damaged, stamp);
  const behind = [...salvaged.records.values()].filter(({ n }) => n > last).sort((a, b) => a.n - b.n);
  const highest = Math.max(salvaged.highest, last);
  if (highest > last) afterLoss?.(base.state, { behind, unknown: highest - last - behind.length });
  try {
    copyAll(layout, copies);
    await writeSnapshot(layout, { last, state: rules.toSnapshot(base.state) }, { keepCurrent: false });
    // From its first record on, this segment takes the place of all earlier ones.
    createSegmentFile(layout.journal, { term, first: last + 1 }).close();
    load(stateDir, rules);
  } catch (error) {
    throw repairFailed(copies, error);
  }
  return {
    from: base.from,
    last,
    highest,
    behind,
    unreadable: salvaged.unreadable,
    snapshots: base.problems.filter(({ missing }) => !missing),
    copies,
  };
}

/** The state after the last record that follows the newest readable snapshot without a gap. */
function rebuild<S, R extends NumberedRecord>(
  layout: StateLayout,
  rules: Rules<S, R>,
  salvaged: Salvaged<R>,
  through = Number.POSITIVE_INFINITY,
): { base: Base<S>; last: number } {
  const base = readBase(layout, rules);
  let { last } = base;
  for (let next = salvaged.records.get(last + 1); next && last < through; next = salvaged.records.get(last + 1)) {
    try {
      rules.apply(base.state, next);
    } catch {
      // It has changed the state halfway: that is made anew without it.
      return rebuild(layout, rules, salvaged, last);
    }
    last += 1;
  }
  return { base, last };
}

/** Copies snapshots and journal, and returns when the copies are on disk. */
function copyAll(layout: StateLayout, folder: string): void {
  const journal = join(folder, basename(layout.journal));
  mkdirSync(journal, { recursive: true, mode: 0o700 });
  const snapshots = [layout.snapshot, layout.previousSnapshot].filter((file) => existsSync(file));
  for (const file of snapshots) copySynced(file, join(folder, basename(file)));
  for (const { path } of listSegments(layout.journal)) copySynced(path, join(journal, basename(path)));
  for (const made of [journal, folder, layout.damaged]) syncFolder(made);
}

function copySynced(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL);
  const fd = openSync(to, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
