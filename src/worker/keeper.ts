import { setTimeout as sleep } from 'node:timers/promises';
import { PawError } from '../errors/paw-error.ts';
import { claimLost } from '../errors/worker.ts';
import type { LinkClient } from '../link/client.ts';
import { WAIT_MAX_SECONDS } from '../protocol/limits.ts';
import type { FinishAnswer, FinishRequest } from '../protocol/work.ts';
import { mayPass } from './may-pass.ts';

/** How long to wait before a call is made again that came to nothing, in milliseconds. */
const RETRY_MS = 1000;

/** How a run ended, as the coordinator is told. */
export type Outcome = Pick<FinishRequest, 'outcome' | 'commit' | 'reason' | 'output' | 'unpushed'>;

export interface KeeperOptions {
  /** A link of its own, on which this worker counts as the agent that holds the item. */
  link: Pick<LinkClient, 'request' | 'notify' | 'close'>;
  id: string;
  fence: number;
  /** Told what keeps the coordinator from taking an outcome in. */
  onProblem: (error: PawError) => void;
}

/**
 * Holds on to an item while its run lasts: renews the claim, and hears at once when it is lost. As long as the
 * coordinator cannot be reached the run goes on, and it is asked again.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #lost = new AbortController();
  readonly #closing = new AbortController();
  readonly #holding: Promise<void>;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#holding = this.#hold();
  }

  /** Aborted with a `PawError` when the claim is lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Tells how the run ended, until the coordinator has taken it in or `signal` is aborted. Undefined if the claim was
   * lost meanwhile: then the item was left alone.
   *
   * Rejects with a `PawError` if it is refused for another reason that will not pass, or the reason of `signal`
   */
  async finish(outcome: Outcome, signal: AbortSignal): Promise<FinishAnswer['item'] | undefined> {
    const { link, id, fence, onProblem } = this.#options;
    // The same call however often it is made, so that one whose answer was lost is not taken for a second one.
    const request: FinishRequest = { id, fence, ...outcome, call: `finish-${id}-${fence}` };
    for (let told = ''; ; ) {
      signal.throwIfAborted();
      try {
        return (await link.request('finish', request, { signal })).item;
      } catch (error) {
        if (signal.aborted || !(error instanceof PawError) || !mayPass(error)) throw error;
        if (error.code === 'refused' && !(await this.#isHeld(signal))) return undefined;
        if (error.message !== told) onProblem(error);
        told = error.message;
      }
      await pause(RETRY_MS, signal);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#holding;
    this.#options.link.notify('bye', {});
    await this.#options.link.close();
  }

  async #hold(): Promise<void> {
    const { link, id, fence } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const askedAt = performance.now();
        const { held } = await link.request('hold', { id, fence, wait_seconds: WAIT_MAX_SECONDS }, { signal });
        if (!held) return this.#lost.abort(claimLost(id));
        // It is answered early by a coordinator that is about to end.
        if (performance.now() - askedAt < RETRY_MS) await pause(RETRY_MS, signal);
      } catch (error) {
        if (error instanceof PawError && error.code === 'unknown') return this.#lost.abort(claimLost(id));
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #isHeld(signal: AbortSignal): Promise<boolean> {
    const { link, id, fence } = this.#options;
    const answer = await link.request('hold', { id, fence, wait_seconds: 0 }, { signal }).catch(() => undefined);
    return answer?.held !== false;
  }
}

/** Waits, and no longer than until the signal. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
