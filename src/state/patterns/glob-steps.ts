/** Globs as automata. */

/** What one unit of a path has to be. */
export type Test =
  | { is: 'unit'; code: number }
  | { is: 'class'; has: (code: number) => boolean }
  /** Anything but `/`. */
  | { is: 'in-segment' }
  | { is: 'anything' };

/** A state: with a test it takes one unit; without, it goes on to each of `next`. The last one accepts. */
export interface Step {
  test?: Test;
  next: number[];
}
export type Glob = readonly Step[];
