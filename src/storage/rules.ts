/** What storage needs to know of a record: its number, from 1, without gaps. The rest is JSON it does not look into. */
export interface NumberedRecord {
  n: number;
}

/** How a state is made of records. Storage keeps records and states, and leaves their meaning to these. */
export interface Rules<S, R extends NumberedRecord> {
  /** The state before record 1. */
  createState(): S;
  apply(state: S, record: R): void;
  /** The state as JSON. */
  toSnapshot(state: S): unknown;
  /** The inverse; may throw if the JSON is none of `toSnapshot`'s. */
  fromSnapshot(json: unknown): S;
}
