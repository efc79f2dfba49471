/** When a job runs that is asked for by events. All times in milliseconds. */
export interface PaceOptions {
  /** It runs when no event has come for this long … */
  settleMs: number;
  /** … or the first event is this old. */
  settleMaxMs: number;
  /** Shortest time from the end of one run, which tells what was found, to the next, given how long the last one took. */
  gapMs: (tookMs: number) => number;
  /** Time after a run at which it runs again without having been asked, given how long the last one took. */
  idleMs: (tookMs: number) => number;
}

/**
 * Added to every gap: timers may fire a millisecond early, and what a run tells takes now a little more, now a little
 * less time to where it gets its date. In milliseconds.
 */
const MARGIN_MS = 10;

/** Why a run takes place: events or `now` asked for it, or nothing has asked for it for a while. */
export type Reason = 'asked' | 'idle';

/** Runs one job again and again, never twice at once. The job must not throw. */
export class Pace {
  readonly #job: (reason: Reason) => Promise<void>;
  readonly #options: PaceOptions;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #firstAskedAt: number | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #closed = false;

  constructor(job: (reason: Reason) => Promise<void>, options: PaceOptions) {
    this.#job = job;
    this.#options = options;
  }

  /** Asks for a run soon; one run answers everything that was asked before it began. */
  ask(): void {
    this.#firstAskedAt ??= performance.now();
    if (this.#running === undefined) this.#plan();
  }

  /** Runs at once, or once more after the run under way. Resolves at the end of a run that began after the call. */
  now(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#running === undefined) return this.#run('asked');
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#closed ? undefined : this.#run('asked');
    });
    return this.#next;
  }

  /** Starts no more runs; resolves when none is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #run(reason: Reason): Promise<void> {
    if (this.#running !== undefined) return this.#running;
    clearTimeout(this.#timer);
    this.#firstAskedAt = undefined;
    const startedAt = performance.now();
    this.#running = this.#job(reason).finally(() => {
      this.#running = undefined;
      this.#endedAt = performance.now();
      this.#tookMs = this.#endedAt - startedAt;
      if (!this.#closed) this.#plan();
    });
    return this.#running;
  }

  #plan(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const { settleMs, settleMaxMs, gapMs, idleMs } = this.#options;
    const now = performance.now();
    const asked = this.#firstAskedAt;
    const due =
      asked === undefined
        ? now + idleMs(this.#tookMs)
        : Math.max(this.#endedAt + gapMs(this.#tookMs) + MARGIN_MS, Math.min(now + settleMs, asked + settleMaxMs));
    const reason = asked === undefined ? 'idle' : 'asked';
    this.#timer = setTimeout(() => void this.#run(reason), Math.max(0, due - now));
  }
}
