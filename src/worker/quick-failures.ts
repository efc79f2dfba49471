/** A failed run that took less than this says that the next one will fail as well, in milliseconds. */
const QUICK_MS = 10_000;
/** So many in a row are chance. */
const FAILURES_FREE = 1;
/** The pause after the first one that is not, doubled with each further one up to the longest, in milliseconds. */
const PAUSE_FIRST_MS = 1000;
const PAUSE_MAX_MS = 60_000;

/** Has a worker pause while one run after the other fails at once: an outage is not to use up all attempts. */
export class QuickFailures {
  #count = 0;
  /** When the pause ends; times are in milliseconds of a clock that never goes back. */
  #until = 0;

  /** How many have failed in a row. */
  get count(): number {
    return this.#count;
  }

  /** Whether so many have that there are pauses. */
  get isPausing(): boolean {
    return this.#count > FAILURES_FREE;
  }

  /** Takes in how a run has ended that took so long. */
  note({ hasFailed, tookMs }: { hasFailed: boolean; tookMs: number }, now: number): void {
    this.#count = hasFailed && tookMs < QUICK_MS ? this.#count + 1 : 0;
    const doublings = this.#count - FAILURES_FREE - 1;
    this.#until = this.isPausing ? now + Math.min(PAUSE_FIRST_MS * 2 ** doublings, PAUSE_MAX_MS) : 0;
  }

  /** How long the pause still lasts, in milliseconds; zero without one. */
  left(now: number): number {
    return Math.max(0, this.#until - now);
  }
}
