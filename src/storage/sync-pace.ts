/** From this average duration of a sync on, in milliseconds, the event loop is better not held up by it. */
const SLOW_FROM_MS = 1;
/** Weight of the newest sync in the running average. */
const NEWEST_WEIGHT = 1 / 8;

/**
 * Chooses between the two forms of writing: on a quick disk a blocking sync costs less than handing it to another
 * thread, on a slow one it would hold up everybody.
 */
export class SyncPace {
  #averageMs = 0;

  /** Whether the other thread should do it. */
  get slow(): boolean {
    return this.#averageMs >= SLOW_FROM_MS;
  }

  /** Takes in how long a write and its sync lasted, in milliseconds. */
  note(ms: number): void {
    this.#averageMs += (ms - this.#averageMs) * NEWEST_WEIGHT;
  }
}
