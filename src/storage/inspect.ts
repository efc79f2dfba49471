import { statSync } from 'node:fs';
import { toPawError } from '../errors/paw-error.ts';
import { journalDamaged, recordsMissing, snapshotsUnreadable } from '../errors/storage.ts';
import { layoutOf } from '../repository/layout.ts';
import { type Base, readBase } from './base.ts';
import { type Damage, replay } from './replay.ts';
import type { NumberedRecord, Rules } from './rules.ts';
import { listSegments } from './segments.ts';

/** What can be said of a state on disk without touching it. */
export interface Inspection {
  /** Number of the last record that can be read. */
  last: number;
  /** Number of the last record in the snapshot in use; 0 without one. */
  snapshot: number;
  segments: number;
  /** Size of the journal, in bytes. */
  journalBytes: number;
  /** What a start survives, in words: a damaged end of the journal, a snapshot another one stands in for. */
  notes: string[];
  /** Why the state cannot be read as a whole; a coordinator would not start. */
  failure: string | undefined;
}

/** Looks at a state as a start would, and changes nothing. While a coordinator runs, it may be caught in between. */
export function inspectState<S, R extends NumberedRecord>(stateDir: string, rules: Rules<S, R>): Inspection {
  const layout = layoutOf(stateDir);
  const found: Inspection = { last: 0, snapshot: 0, segments: 0, journalBytes: 0, notes: [], failure: undefined };
  try {
    const segments = listSegments(layout.journal);
    found.segments = segments.length;
    found.journalBytes = segments.reduce((sum, { path }) => sum + sizeOf(path), 0);
    const base = readBase(layout, rules);
    found.snapshot = base.last;
    found.last = base.last;
    const unusable = base.problems.filter(({ missing }) => !missing);
    for (const { file, problem } of unusable) found.notes.push(`${file}: ${problem}`);
    requireStart(base, segments[0]?.first, layout.journal);
    const { damage } = replay<R>({ journal: layout.journal, after: base.last }, (record) => {
      rules.apply(base.state, record);
      found.last = record.n;
    });
    if (damage) note(found, damage);
    const held = base.from !== 'snapshot' && base.problems.length > 0 && found.last === base.last;
    if (held) throw snapshotsUnreadable(unusable);
  } catch (error) {
    found.failure = toPawError(error).message;
  }
  return found;
}

/** What follows the snapshot must begin where that ends. */
function requireStart<S>({ from, last, problems }: Base<S>, first: number | undefined, journal: string): void {
  if (from !== 'nothing' && first === undefined) throw recordsMissing(journal, last + 1, undefined);
  if (from === 'nothing' && problems.length > 0 && first !== 1) throw snapshotsUnreadable(problems);
}

function note(found: Inspection, { file, line, problem, atEnd }: Damage): void {
  if (!atEnd) throw journalDamaged(file, line, problem);
  found.notes.push(
    `${file}, line ${line}: ${problem}; it is the end of the journal, and is set aside at the next start`,
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
