import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PawError } from '../errors/paw-error.ts';
import { failingAtOnce, workerNotOnWindows } from '../errors/worker.ts';
import { LinkClient } from '../link/client.ts';
import { WAIT_MAX_SECONDS } from '../protocol/limits.ts';
import type { HelloInput } from '../protocol/requests.ts';
import type { Assignment, TakeAnswer } from '../protocol/work.ts';
import { configFile } from '../repository/layout.ts';
import { STANDARD_PROGRAM } from './command.ts';
import { followConfiguration, type WorkerConfiguration } from './configuration.ts';
import { coordinatorOf } from './coordinator-process.ts';
import type { Tell } from './events.ts';
import { giveUpAfter } from './give-up.ts';
import { workerHello } from './hello.ts';
import { mayPass } from './may-pass.ts';
import { obstacleTo } from './obstacle.ts';
import type { WorkerPlace } from './places.ts';
import { QuickFailures } from './quick-failures.ts';
import { type RunContext, runItem } from './run.ts';

export interface WorkerOptions {
  place: WorkerPlace;
  env: NodeJS.ProcessEnv;
  /** The words that run an MCP server of this program, without `mcp`. */
  server: readonly string[];
  /** How many items at a time, instead of what is configured. */
  slots?: number;
  /** Push branches, whatever is configured. */
  push: boolean;
  /** End when there is no item left that could still come. */
  once: boolean;
  tell: Tell;
  /** Takes no more items, ends what runs, and gives those items back. */
  stop: AbortSignal;
  /** After `stop`: kills at once, and waits for nobody. */
  hurry: AbortSignal;
}

/** With `once`, how long to wait for an item before looking whether any is left, in seconds. */
const LOOK_AGAIN_SECONDS = 1;
const SECOND_MS = 1000;
/** How long to wait after something failed that may pass, in milliseconds. */
const RETRY_MS = 1000;

/**
 * Takes work items and has a command work on each, until it is stopped. When this settles, none of its commands is
 * alive, and the coordinator knows how each run ended if it could be told.
 *
 * Rejects with a PawError if it cannot begin: a wrong configuration, a program that is not there, no remote to push to,
 * no coordinator
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  if (process.platform === 'win32') throw workerNotOnWindows();
  const tooLate = new AbortController();
  const ended = new AbortController();
  const file = configFile(options.place.stateDir, options.place.root);
  const warn = (message: string): void => options.tell({ kind: 'problem', message });
  const configuration = followConfiguration(file, { signal: ended.signal, warn });
  const waiting = giveUpAfter(options, tooLate);
  try {
    const obstacle = await obstacleFor(options, configuration);
    if (obstacle) throw obstacle;
    const worker = new Worker(options, configuration, tooLate.signal);
    await worker.work().finally(() => worker.close());
  } finally {
    ended.abort();
    waiting.dispose();
  }
}

class Worker {
  readonly #options: WorkerOptions;
  readonly #configuration: WorkerConfiguration;
  readonly #tooLate: AbortSignal;
  readonly #control: LinkClient;
  readonly #running = new Map<number, Promise<void>>();
  /** Aborted and replaced when there may be something new to do. */
  #news = new AbortController();
  /** Aborted and replaced when no item is to be taken as was asked for: the configuration has changed, or a pause begun. */
  #recalled = new AbortController();
  readonly #failures = new QuickFailures();
  #hasBegun = false;
  #told = '';

  constructor(options: WorkerOptions, configuration: WorkerConfiguration, tooLate: AbortSignal) {
    this.#options = options;
    this.#configuration = configuration;
    this.#tooLate = tooLate;
    const hello = workerHello();
    this.#control = this.#connect(() => hello);
    configuration.onChange = () => {
      this.#recall();
      this.#wake();
    };
  }

  async work(): Promise<void> {
    const { stop, once: isOnce, tell } = this.#options;
    await this.#control.greet({ signal: stop }).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
    const { settings } = this.#configuration;
    tell({ kind: 'ready', command: settings.worker.command ?? [STANDARD_PROGRAM], slots: this.#slots });
    while (!stop.aborted) {
      const obstacle = await obstacleFor(this.#options, this.#configuration);
      const slot = this.#freeSlot();
      const pauseMs = this.#failures.left(performance.now());
      if (obstacle) this.#complain(obstacle);
      if (obstacle || slot === undefined || pauseMs > 0) {
        if (obstacle) await this.#wait(RETRY_MS);
        else await this.#wait(slot === undefined ? undefined : pauseMs);
        continue;
      }
      const taken = await this.#take();
      if (taken?.assignment) await this.#begin(slot, taken.assignment);
      else if (isOnce && taken?.open === 0 && this.#running.size === 0) {
        if (!this.#hasBegun) tell({ kind: 'idle' });
        return;
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.values());
    await this.#control.close();
  }

  get #slots(): number {
    return this.#options.slots ?? this.#configuration.settings.worker.slots;
  }

  /** The lowest number that is free; undefined if as many run as may. */
  #freeSlot(): number | undefined {
    if (this.#running.size >= this.#slots) return undefined;
    for (let slot = 1; ; slot += 1) if (!this.#running.has(slot)) return slot;
  }

  /** Undefined if it came to nothing: there is something wrong, or it is time to stop. */
  async #take(): Promise<TakeAnswer | undefined> {
    const { stop, once: isOnce } = this.#options;
    const signal = AbortSignal.any([stop, this.#recalled.signal]);
    const call = crypto.randomUUID();
    const wait_seconds = isOnce ? LOOK_AGAIN_SECONDS : WAIT_MAX_SECONDS;
    for (;;) {
      try {
        const askedAt = performance.now();
        const answer = await this.#control.request('take', { wait_seconds, call }, { signal });
        this.#told = '';
        // Without an item it is answered early by a coordinator that is about to end.
        const isEarly = performance.now() - askedAt < (wait_seconds * SECOND_MS) / 2;
        if (!answer.assignment && !isOnce && isEarly) await this.#wait(RETRY_MS);
        return answer;
      } catch (error) {
        if (signal.aborted) return this.#takenAfterAll(call);
        if (!(error instanceof PawError) || !mayPass(error)) throw error;
        this.#complain(error);
        await this.#wait(RETRY_MS);
        if (signal.aborted) return this.#takenAfterAll(call);
      }
    }
  }

  /** An item may have been given while the call was taken back. The same call again has the same answer. */
  async #takenAfterAll(call: string): Promise<TakeAnswer | undefined> {
    const again = this.#control.requestIfConnected('take', { wait_seconds: 0, call }, { signal: this.#tooLate });
    return again.catch(() => undefined);
  }

  async #begin(slot: number, assignment: Assignment): Promise<void> {
    // It may have been given just when the program or the remote went; then it is given back at once.
    const isInVain = (await obstacleFor(this.#options, this.#configuration)) !== undefined;
    const context = this.#context();
    this.#hasBegun = true;
    const run = runItem(assignment, slot, isInVain ? { ...context, stop: AbortSignal.abort() } : context).finally(
      () => {
        this.#running.delete(slot);
        this.#wake();
      },
    );
    this.#running.set(slot, run);
  }

  #pauseAfterFailures(run: { hasFailed: boolean; tookMs: number }): void {
    const now = performance.now();
    const wasPausing = this.#failures.isPausing;
    this.#failures.note(run, now);
    if (!this.#failures.isPausing) return;
    this.#recall();
    if (wasPausing) return;
    const seconds = Math.round(this.#failures.left(now) / SECOND_MS);
    const { message } = failingAtOnce(this.#failures.count, seconds);
    this.#options.tell({ kind: 'problem', message });
  }

  #context(): RunContext {
    const startedAt = performance.now();
    const { place, env, server, push, tell, stop, hurry } = this.#options;
    const { worker, state } = this.#configuration.settings;
    return {
      place,
      env,
      settings: worker,
      server,
      shouldPush: push || worker.push,
      maxAttempts: state.work.maxAttempts,
      spared: () => coordinatorOf(place.stateDir),
      connect: (hello) => this.#connect(hello),
      onOver: (hasFailed) => this.#pauseAfterFailures({ hasFailed, tookMs: performance.now() - startedAt }),
      tell,
      stop,
      hurry,
      tooLate: this.#tooLate,
    };
  }

  #connect(hello: () => HelloInput): LinkClient {
    const { stateDir, commonDir } = this.#options.place;
    return new LinkClient({ stateDir, commonDir, hello, mayStart: 'always' });
  }

  /** Waits until something may have changed, and no longer than that many milliseconds. */
  async #wait(ms: number | undefined): Promise<void> {
    const signal = AbortSignal.any([this.#options.stop, this.#news.signal]);
    if (ms !== undefined) await sleep(ms, undefined, { signal }).catch(() => undefined);
    else if (!signal.aborted) await once(signal, 'abort');
  }

  #recall(): void {
    this.#recalled.abort();
    this.#recalled = new AbortController();
  }

  #wake(): void {
    this.#news.abort();
    this.#news = new AbortController();
  }

  /** Says the same thing once. */
  #complain({ message }: PawError): void {
    if (message !== this.#told) this.#options.tell({ kind: 'problem', message });
    this.#told = message;
  }
}

function obstacleFor(
  { place, env, push }: WorkerOptions,
  { settings }: WorkerConfiguration,
): Promise<PawError | undefined> {
  return obstacleTo({ commonDir: place.commonDir, env, push }, settings);
}
