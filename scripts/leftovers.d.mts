export interface Leftover {
  /** The file, or the process with its command line. */
  what: string;
  /** Set where it is a process that surely is ours to end. */
  pid?: number;
}

export interface TestRun {
  /** The folder of this checkout's build. */
  dist: string;
  /** The folder all tests of the run work in. */
  testRoot: string;
  /** Ids of the processes that were there before the run. */
  before: ReadonlySet<number>;
  /** How long processes that are just ending are waited for, in milliseconds; 3,000 if not given. */
  endingMaxMs?: number;
}

export function findLeftovers(run: TestRun): Promise<Leftover[]>;
export function endLeftovers(leftovers: readonly Leftover[]): Promise<void>;
