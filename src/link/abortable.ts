import { setTimeout as sleep } from 'node:timers/promises';

/** The pause between two tries: short at first, as most things happen at once, in milliseconds. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

/** Waits for `promise` until `signal` is aborted, then rejects with its reason; the promise itself goes on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * Does `work` with a signal that is aborted after `ms` milliseconds, with `timedOut()` as the reason, or
 * together with `outer`. Timer and listener are gone when this settles.
 */
export async function within<T>(
  { ms, outer, timedOut }: { ms: number; outer: AbortSignal; timedOut: () => Error },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const onOuter = (): void => controller.abort(outer.reason);
  const timer = setTimeout(() => controller.abort(timedOut()), ms);
  outer.addEventListener('abort', onOuter, { once: true });
  try {
    return await abortable(work(controller.signal), controller.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onOuter);
  }
}

/** Pauses that double from 5 to 50 ms. */
export class Backoff {
  #ms = FIRST_PAUSE_MS;

  async pause(signal?: AbortSignal): Promise<void> {
    const ms = this.#ms;
    this.#ms = Math.min(ms * 2, LONGEST_PAUSE_MS);
    await sleep(ms, undefined, signal ? { signal } : {}).catch((error) => {
      throw signal?.aborted ? signal.reason : error;
    });
  }
}
