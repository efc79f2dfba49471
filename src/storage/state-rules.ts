import { apply } from '../state/apply.ts';
import type { StateRecord } from '../state/records.ts';
import { createState, fromSnapshot, type Snapshot, type State, toSnapshot } from '../state/state.ts';
import type { Rules } from './rules.ts';

/** The coordinator's own state. */
export const stateRules: Rules<State, StateRecord> = {
  createState,
  apply,
  toSnapshot,
  // The checksum of the file says that this is what `toSnapshot` made.
  fromSnapshot: (json) => fromSnapshot(json as Snapshot),
};
