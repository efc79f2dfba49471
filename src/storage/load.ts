import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { journalDamaged, journalShort, recordsMissing, snapshotsUnreadable } from '../errors/storage.ts';
import { layoutOf, type StateLayout } from '../repository/layout.ts';
import { type Base, readBase } from './base.ts';
import { keepAside } from './keep-aside.ts';
import { type Damage, type Replayed, replay } from './replay.ts';
import type { NumberedRecord, Rules } from './rules.ts';
import { listSegments } from './segments.ts';

/** Something that could not be read and was not needed, or was cut off. */
export interface Damaged {
  file: string;
  /** How much of the file is concerned; 0 if it is missing. */
  bytes: number;
  problem: string;
  /** Where a copy is; absent if none could be made, or there is nothing to copy. */
  kept?: string;
}

export interface Loaded<S> {
  state: S;
  /** Number of the last record in it. */
  last: number;
  /** What the journal holds beyond the snapshot. */
  sinceSnapshot: { records: number; bytes: number };
  /** To be logged: what was found damaged and survived. */
  damaged: Damaged[];
}

/**
 * Rebuilds the state: the snapshot, then the rest of the journal. An empty or missing folder is a new repository.
 *
 * A damaged end of the segment written last is what a crash leaves: it is copied, cut off, and named in the result.
 * Any other loss is an error, and leaves everything as it is.
 *
 * @param options.through for a rebuild while running: the last acknowledged record. What lies behind it was refused
 *   and is ignored, nothing is cut off, and all up to there must be found
 * @throws PawError `storage` if a part of the state cannot be read, `environment` if it is of a later format
 */
export function load<S, R extends NumberedRecord>(
  stateDir: string,
  rules: Rules<S, R>,
  { through }: { through?: number } = {},
): Loaded<S> {
  const layout = layoutOf(stateDir);
  const base = readBase(layout, rules);
  const damaged = base.problems.map((problem) => reportSnapshot(layout, problem));
  const { state, last: after } = base;
  requireSegments(layout, base, damaged);
  const replayed = replay<R>({ journal: layout.journal, after, ...(through !== undefined && { through }) }, (record) =>
    rules.apply(state, record),
  );
  const { last, bytes, damage } = replayed;
  if (damage && !(damage.atEnd && through === undefined)) throw refuse(layout, damage);
  if (through !== undefined && last !== through) throw journalShort(layout.journal, last, through);
  requireProgress(base, replayed, damaged);
  if (damage) damaged.push(setAside(layout, damage));
  return { state, last, sinceSnapshot: { records: last - after, bytes }, damaged };
}

/** A journal is never left without a segment once there is a snapshot, and never begins late without one. */
function requireSegments<S>(layout: StateLayout, base: Base<S>, damaged: Damaged[]): void {
  const first = listSegments(layout.journal)[0];
  if (base.from !== 'nothing') {
    if (first === undefined) throw recordsMissing(layout.journal, base.last + 1, undefined);
    return;
  }
  if (damaged.length > 0 && first?.first !== 1) throw snapshotsUnreadable(damaged);
}

/** A snapshot that cannot be read held more than what it was made from, and the journal still has all of that. */
function requireProgress<S>(base: Base<S>, { last }: Replayed, damaged: Damaged[]): void {
  if (base.from !== 'snapshot' && base.problems.length > 0 && last === base.last) throw snapshotsUnreadable(damaged);
}

function reportSnapshot(layout: StateLayout, found: { file: string; problem: string; missing: boolean }): Damaged {
  const { file, problem, missing } = found;
  if (missing) return { file, bytes: 0, problem };
  return copyWhole(layout, file, problem);
}

function refuse(layout: StateLayout, { file, line, problem }: Damage): Error {
  return journalDamaged(file, line, problem, copyWhole(layout, file, problem).kept);
}

/** Cuts off what follows the last valid line. */
function setAside(layout: StateLayout, { file, offset, problem }: Damage): Damaged {
  const tail = readFileSync(file).subarray(offset);
  const kept = keepAside(layout.damaged, file, tail);
  // Without a copy it stays where it is; the next segment makes it void.
  if (kept !== undefined) cutOff(file, offset);
  return { file, bytes: tail.length, problem, ...(kept !== undefined && { kept }) };
}

function copyWhole(layout: StateLayout, file: string, problem: string): Damaged {
  try {
    const content = readFileSync(file);
    const kept = keepAside(layout.damaged, file, content);
    return { file, bytes: content.length, problem, ...(kept !== undefined && { kept }) };
  } catch {
    return { file, bytes: 0, problem };
  }
}

function cutOff(file: string, length: number): void {
  try {
    const fd = openSync(file, 'r+');
    try {
      ftruncateSync(fd, length);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The next segment makes it void all the same.
  }
}
