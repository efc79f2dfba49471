import { setTimeout as sleep } from 'node:timers/promises';

/** How long a test waits for a condition before it fails, in milliseconds: machines that run tests are busy ones. */
const UNTIL_MAX_MS = 30_000;
/** Probes begin this close together and grow no further apart than the second figure, in milliseconds. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 25;

export interface UntilOptions {
  /** What is waited for, as the failure names it: "the coordinator to answer". */
  what: string;
  /** Ends the wait early. */
  signal?: AbortSignal;
  /** Another bound than 30 s. */
  withinMs?: number;
}

/**
 * Waits until `condition` returns something truthy, and returns that. Fails after 30 s, naming what was
 * waited for and, if the condition last threw, that error as the cause.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, signal, withinMs = UNTIL_MAX_MS }: UntilOptions,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const deadline = performance.now() + withinMs;
  let pause = FIRST_PAUSE_MS;
  let lastError: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await condition();
      lastError = undefined;
      if (isTruthy(value)) return value;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(
        `Waited ${withinMs} ms in vain for ${what}.`,
        lastError === undefined ? {} : { cause: lastError },
      );
    }
    await sleep(pause, undefined, signal === undefined ? {} : { signal });
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

function isTruthy<T>(value: T): value is Exclude<T, false | null | undefined | 0 | ''> {
  return Boolean(value);
}
