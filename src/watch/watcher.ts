import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { PawError } from '../errors/paw-error.ts';
import { watcherGaveUp, watcherRestarted } from '../errors/watch.ts';
import { type Fact, factSchema, type KnownTip, type WatchJob, type WatchOrder } from './facts.ts';

/** A thread that ended by itself is replaced, unless it lived shorter than this, in milliseconds. */
const RESTART_MIN_LIFE_MS = 600_000;
/** How long the thread may take to let go of everything, in milliseconds. */
const STOP_MAX_MS = 5000;

export interface WatcherOptions {
  /** The git common directory, absolute and without links. */
  commonDir: string;
  /** The base branch. */
  base: string;
  /** The tips of all worktrees that were told of in earlier runs; a move since then is told once. */
  known: readonly KnownTip[];
  /** The environment for git. */
  env: NodeJS.ProcessEnv;
  onFact: (fact: ReportedFact) => void;
  /** Told when the thread has ended by itself: first that it was started again, then that it was not. */
  onProblem: (error: PawError) => void;
  /** The worker's script; the default is the one that was built with this file. */
  url?: URL;
}

/** What concerns the one who watches; the rest is between the thread and its handle. */
export type ReportedFact = Exclude<Fact, { kind: 'looked' | 'failed' }>;

/** The handle of the thread that watches a repository. */
export interface Watcher {
  /** Another branch is the base now. */
  setBase(branch: string): void;
  /**
   * Has one worktree or all looked at now. Resolves when `onFact` has been told of everything found, or nothing
   * watches any more.
   */
  look(worktree?: string): Promise<void>;
  /**
   * Ends the thread, which has 5 s to let go of everything; resolves when it has ended. No fact comes after the call.
   */
  close(): Promise<void>;
}

/**
 * Watches all worktrees of a repository from a thread of its own.
 *
 * Should the thread end by itself, a new one takes over where it was: every list of files is told again, moves of
 * tips are not. If that ends within ten minutes too, watching is given up, because a thread that cannot live
 * would only cost.
 */
export function startWatcher(options: WatcherOptions): Watcher {
  return new ThreadWatcher(options);
}

class ThreadWatcher implements Watcher {
  readonly #options: WatcherOptions;
  readonly #known: Map<string, KnownTip>;
  readonly #looks = new Map<number, { order: WatchOrder; done: () => void }>();
  #base: string;
  #worker: Worker | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;
  #lastLook = 0;
  #closing: Promise<void> | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#base = options.base;
    this.#known = new Map(options.known.map((tip) => [tip.worktree, tip]));
    this.#start();
  }

  setBase(branch: string): void {
    if (branch === this.#base) return;
    this.#base = branch;
    this.#send({ kind: 'base', branch });
  }

  look(worktree?: string): Promise<void> {
    if (this.#worker === undefined || this.#closing) return Promise.resolve();
    this.#lastLook += 1;
    const id = this.#lastLook;
    const order: WatchOrder = { kind: 'look', id, ...(worktree !== undefined && { worktree }) };
    return new Promise((resolve) => {
      this.#looks.set(id, { order, done: resolve });
      this.#send(order);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #start(): void {
    const { commonDir, url = builtWorker(), env } = this.#options;
    const known = [...this.#known.values()];
    const workerData: WatchJob = { commonDir, base: this.#base, known, env: defined(env) };
    const worker = new Worker(url, { workerData });
    let cause: unknown;
    worker.on('message', (message: unknown) => {
      const fact = factSchema.parse(message);
      if (fact.kind === 'failed') cause = fact.message;
      else this.#onFact(fact);
    });
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      if (this.#worker === worker) this.#onExit(cause ?? `exit code ${code}`);
    });
    this.#worker = worker;
  }

  #onFact(fact: ReportedFact | Extract<Fact, { kind: 'looked' }>): void {
    if (fact.kind === 'looked') this.#finish(fact.id);
    else if (!this.#closing) {
      this.#remember(fact);
      this.#options.onFact(fact);
    }
  }

  /** Keeps what a thread that takes over must know. */
  #remember(fact: ReportedFact): void {
    if (fact.kind === 'moved') {
      const { worktree, branch, tip } = fact;
      this.#known.set(worktree, { worktree, tip, ...(branch !== undefined && { branch }) });
    } else if (fact.kind === 'worktrees') {
      for (const { path, branch, head } of fact.worktrees) {
        const before = this.#known.get(path);
        // On the same branch only what was told counts: a move may be about to be told.
        if (before === undefined || before.branch === branch || head === undefined) continue;
        this.#known.set(path, { worktree: path, tip: head, ...(branch !== undefined && { branch }) });
      }
    }
  }

  #onExit(cause: unknown): void {
    this.#worker = undefined;
    const { onProblem } = this.#options;
    if (this.#closing) return;
    const soon = performance.now() - this.#failedAt < RESTART_MIN_LIFE_MS;
    this.#failedAt = performance.now();
    if (soon) {
      for (const id of [...this.#looks.keys()]) this.#finish(id);
      onProblem(watcherGaveUp(cause));
      return;
    }
    onProblem(watcherRestarted(cause));
    this.#start();
    for (const { order } of this.#looks.values()) this.#send(order);
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    if (worker !== undefined) {
      worker.postMessage({ kind: 'stop' } satisfies WatchOrder);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, STOP_MAX_MS);
        worker.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
      });
      await worker.terminate();
    }
    for (const id of [...this.#looks.keys()]) this.#finish(id);
  }

  #finish(id: number): void {
    this.#looks.get(id)?.done();
    this.#looks.delete(id);
  }

  #send(order: WatchOrder): void {
    this.#worker?.postMessage(order);
  }
}

/** Beside the bundle, or one folder up from a part that several bundles share. */
function builtWorker(): URL {
  const beside = new URL('./watch-worker.js', import.meta.url);
  return existsSync(beside) ? beside : new URL('../watch-worker.js', import.meta.url);
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
