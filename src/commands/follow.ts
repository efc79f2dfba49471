import { setTimeout as sleep } from 'node:timers/promises';
import { PawError } from '../errors/paw-error.ts';
import type { LinkClient } from '../link/client.ts';
import { STOPPING } from '../link/session.ts';
import { CHANGED, type View } from '../protocol/views.ts';
import { type Place, personLink } from './coordinator-link.ts';

/** Between two looks at least this long, in milliseconds: five a second. */
const LOOK_EVERY_MIN_MS = 200;
/** A look at least this often, in milliseconds: ages go on, and a coordinator that is gone may have a successor. */
const LOOK_EVERY_MAX_MS = 1000;

export interface Following {
  place: Place;
  view: View;
  /** Asks and shows; called at first, after every change, and once a second. */
  look: (link: LinkClient) => Promise<void>;
  /** Called when no coordinator answers; the next look is tried anyway. */
  onGone?: (reason: PawError) => void;
  signal: AbortSignal;
}

/**
 * Looks at a view again and again until `signal` is aborted. Starts a coordinator at first, never later: one that
 * was stopped while somebody looks stays stopped, and its successor is found.
 *
 * @throws PawError a refusal, which would be repeated for ever
 */
export async function follow({ place, view, look, onGone, signal }: Following): Promise<void> {
  try {
    await started(place, signal);
    await lookAgainAndAgain({ place, view, look, ...(onGone && { onGone }), signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function started(place: Place, signal: AbortSignal): Promise<void> {
  const link = personLink(place, { signal });
  try {
    await link.greet({ signal });
  } finally {
    await link.close();
  }
}

async function lookAgainAndAgain({ place, view, look, onGone, signal }: Following): Promise<void> {
  let wake = new AbortController();
  const changed = (): void => wake.abort();
  const link: LinkClient = personLink(place, {
    mayStart: 'never',
    signal,
    // A subscription ends with its connection. If it cannot be made, the look once a second remains.
    onHello: () => void link.request('subscribe', { view }, { signal }).then(changed, () => {}),
  });
  link.onNotification(CHANGED, changed);
  link.onNotification(STOPPING, changed);
  try {
    while (!signal.aborted) {
      wake = new AbortController();
      await look(link).catch((error: unknown) => {
        if (!isPassing(error)) throw error;
        onGone?.(error);
      });
      await pause(LOOK_EVERY_MIN_MS, signal);
      await pause(LOOK_EVERY_MAX_MS - LOOK_EVERY_MIN_MS, AbortSignal.any([signal, wake.signal]));
    }
  } finally {
    await link.close();
  }
}

/** Waits, and no longer than until the signal. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

function isPassing(error: unknown): error is PawError {
  return error instanceof PawError && error.code === 'unavailable';
}
