import { PawError } from '../errors/paw-error.ts';
import type { StateLayout } from '../repository/layout.ts';
import type { NumberedRecord, Rules } from './rules.ts';
import { readSnapshot, snapshotProblem } from './snapshot.ts';

/** The state that the rest of the journal is applied to. */
export interface Base<S> {
  state: S;
  /** Number of the last record in it. */
  last: number;
  /** Where it is from. */
  from: 'snapshot' | 'previous' | 'nothing';
  /** Snapshots that are there and could not be used, or should be there and are not. */
  problems: { file: string; problem: string; missing: boolean }[];
}

/**
 * The newest snapshot that can be read; without any, the state before record 1.
 *
 * @throws PawError `environment` if a snapshot is of a later format: an older one would undo what it holds
 */
export function readBase<S, R extends NumberedRecord>(layout: StateLayout, rules: Rules<S, R>): Base<S> {
  const problems: Base<S>['problems'] = [];
  const candidates = [
    { from: 'snapshot', file: layout.snapshot },
    { from: 'previous', file: layout.previousSnapshot },
  ] as const;
  for (const { from, file } of candidates) {
    try {
      const snapshot = readSnapshot(file);
      if (snapshot !== undefined) {
        const state = rules.fromSnapshot(snapshot.state);
        return { state, last: snapshot.last, from, problems };
      }
      problems.push({ file, problem: 'it is missing', missing: true });
    } catch (error) {
      if (error instanceof PawError) throw error;
      problems.push({ file, problem: snapshotProblem(error), missing: false });
    }
  }
  // Without any snapshot there is none to be missed.
  const damaged = problems.filter(({ missing }) => !missing);
  return { state: rules.createState(), last: 0, from: 'nothing', problems: damaged };
}
