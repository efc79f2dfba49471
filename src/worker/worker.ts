import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { PawError } from '../errors/paw-error.ts';
import { commandNotFound, workerNotOnWindows } from '../errors/worker.ts';
import { LinkClient } from '../link/client.ts';
import { WAIT_MAX_SECONDS } from '../protocol/limits.ts';
import type { HelloInput } from '../protocol/requests.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import type { Assignment, TakeAnswer } from '../protocol/work.ts';
import { configFile } from '../repository/layout.ts';
import { processStart } from '../repository/process.ts';
import { STANDARD_PROGRAM } from './command.ts';
import { followConfiguration, type WorkerConfiguration } from './configuration.ts';
import { coordinatorOf } from './coordinator-process.ts';
import type { Tell } from './events.ts';
import { canStart } from './find-program.ts';
import { giveUpAfter } from './give-up.ts';
import { mayPass } from './may-pass.ts';
import type { WorkerPlace } from './places.ts';
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
 * Rejects with a PawError if it cannot begin: a wrong configuration, a program that is not there, no coordinator
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  if (process.platform === 'win32') throw workerNotOnWindows();
  const tooLate = new AbortController();
  const ended = new AbortController();
  const file = configFile(options.place.stateDir, options.place.root);
  const warn = (message: string): void => options.tell({ kind: 'problem', message });
  const configuration = followConfiguration(file, { signal: ended.signal, warn });
  const missing = missingProgram(configuration, options.env);
  if (missing) throw missing;
  const waiting = giveUpAfter(options, tooLate);
  const worker = new Worker(options, configuration, tooLate.signal);
  try {
    await worker.work();
  } finally {
    await worker.close();
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
  /** Aborted and replaced when the configuration has changed: an item is not to be taken for the old one. */
  #changed = new AbortController();
  #told = '';

  constructor(options: WorkerOptions, configuration: WorkerConfiguration, tooLate: AbortSignal) {
    this.#options = options;
    this.#configuration = configuration;
    this.#tooLate = tooLate;
    const hello = helloOf();
    this.#control = this.#connect(() => hello);
    configuration.onChange = () => {
      this.#changed.abort();
      this.#changed = new AbortController();
      this.#wake();
    };
  }

  async work(): Promise<void> {
    const { stop, once: isOnce, tell, env } = this.#options;
    await this.#control.greet({ signal: stop }).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
    const { settings } = this.#configuration;
    tell({ kind: 'ready', command: settings.worker.command ?? [STANDARD_PROGRAM], slots: this.#slots });
    while (!stop.aborted) {
      const missing = missingProgram(this.#configuration, env);
      const slot = this.#freeSlot();
      if (missing || slot === undefined) {
        if (missing) this.#complain(missing);
        await this.#wait(missing ? RETRY_MS : undefined);
        continue;
      }
      const taken = await this.#take();
      if (taken?.assignment) this.#begin(slot, taken.assignment);
      else if (isOnce && taken?.open === 0 && this.#running.size === 0) return;
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
    const signal = AbortSignal.any([stop, this.#changed.signal]);
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

  #begin(slot: number, assignment: Assignment): void {
    const context = this.#context();
    // It was given just when the program went; then it is given back at once.
    const isInVain = missingProgram(this.#configuration, this.#options.env) !== undefined;
    const run = runItem(assignment, slot, isInVain ? { ...context, stop: AbortSignal.abort() } : context).finally(
      () => {
        this.#running.delete(slot);
        this.#wake();
      },
    );
    this.#running.set(slot, run);
  }

  #context(): RunContext {
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

function helloOf(): HelloInput {
  const started = processStart(process.pid);
  return {
    protocol: PROTOCOL_VERSION,
    kind: 'worker',
    session: crypto.randomUUID(),
    pid: process.pid,
    ...(started !== undefined && { pid_started: started }),
  };
}

function missingProgram({ settings }: WorkerConfiguration, env: NodeJS.ProcessEnv): PawError | undefined {
  const program = settings.worker.command?.[0] ?? STANDARD_PROGRAM;
  return canStart(program, env) ? undefined : commandNotFound(program, settings.worker.command === undefined);
}
