/**
 * The two clocks every rule is given. Leases, graces and waits are measured on the monotonic one, so that a
 * wall clock that jumps neither frees claims nor keeps them; wall time is shown and stored.
 */
export interface Now {
  /** Milliseconds since the epoch. */
  wall: number;
  /** Milliseconds on a clock that only moves forward; its zero means nothing and changes with each process. */
  mono: number;
}

export const SECOND_MS = 1000;

/** `wall` as stored messages show it: ISO-8601, UTC, milliseconds. */
export function iso(wall: number): string {
  return new Date(wall).toISOString();
}

/** Whole seconds between two moments of one clock, never negative. */
export function secondsBetween(earlier: number, later: number): number {
  return Math.max(0, Math.round((later - earlier) / SECOND_MS));
}
