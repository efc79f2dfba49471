import { existsSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { cannotLook, eventsUnavailable } from '../errors/watch.ts';
import { PATHS_MAX } from '../protocol/limits.ts';
import type { GitOptions } from '../repository/git.ts';
import type { Fact } from './facts.ts';
import { type EventSource, type FolderEvents, FolderWatch, isCovered } from './folder-events.ts';
import { fileList } from './history.ts';
import { Pace, type Reason } from './pace.ts';
import type { Slots } from './slots.ts';
import type { Status } from './status.ts';
import { StatusReader } from './status-reader.ts';

/** Files that are written together are told together: a look waits for a pause this long, at most that long. */
const SETTLE_MS = 100;
const SETTLE_MAX_MS = 400;
/** Shortest time between two looks, and so between two facts, in milliseconds; a long look is followed by one as long. */
const GAP_MS = 500;
/** Where the system reports no changes, a worktree is looked at this often, in milliseconds. */
const POLL_MS = 2000;
/** Where it does, this seldom: a report may be lost. With the first report after as long, all files are looked at too. */
const SAFETY_MS = 30_000;
/** Looks nobody asked for take at most one part in so many of the time: of polling, and of the seldom ones. */
const POLL_SHARE = 20;
const SAFETY_SHARE = 2000;
/** How often a status is read that a commit has overtaken. */
const STATUS_TRIES = 5;
/** Shortest time between two searches for newly ignored files, in milliseconds. */
const IGNORED_GAP_MS = 5000;
/** How many ignored files and folders are remembered at most; further ones are asked about each time. */
const IGNORED_MAX = 10_000;

export interface WorktreeWatchOptions {
  /** Absolute path of the worktree. */
  path: string;
  /** Its git directory. */
  gitDir: string;
  /** What reports changes. Where it does not, everything is looked at from time to time. */
  source: EventSource;
  /** Limits how many worktrees are gone through at once. */
  slots: Slots;
  git: GitOptions & { signal: AbortSignal };
  tell: (fact: Fact) => void;
  /** Makes sure that the commit this status saw has been told of; false if it is not the tip any more. */
  agree: (status: Status) => Promise<boolean>;
  /** The folder seems to be gone. */
  onGone: () => void;
}

/** Watches the files of one worktree: events say when to look, `git status` says what there is. */
export class WorktreeWatch {
  readonly #options: WorktreeWatchOptions;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #reader: StatusReader;
  readonly #pace: Pace;
  readonly #events: FolderWatch;
  /** Absolute paths of other worktrees that lie in this one. */
  #nested: readonly string[] = [];
  #how: 'events' | 'polling' | undefined;
  #why: string | undefined;
  #ignored = new Set<string>();
  #ignoredStale = true;
  #ignoredAt = Number.NEGATIVE_INFINITY;
  /** What events have told of since the last look. */
  #touched = new Set<string>();
  /** Something else has to be looked at too, or instead. */
  #whole = true;
  /** When all files were last looked at, on the clock of `performance.now()`. */
  #wholeAt = Number.NEGATIVE_INFINITY;
  /** The files last told; nothing before the first look, which is told also if there are none: they may be remembered. */
  #told: string | undefined;
  #problem = false;

  constructor(options: WorktreeWatchOptions) {
    this.#options = options;
    const { path, gitDir, source, slots, git } = options;
    this.#signal = AbortSignal.any([git.signal, this.#closing.signal]);
    this.#reader = new StatusReader({ path, gitDir, slots, git: { ...git, signal: this.#signal } });
    this.#pace = new Pace((reason) => this.#look(reason), {
      settleMs: SETTLE_MS,
      settleMaxMs: SETTLE_MAX_MS,
      gapMs: (took) => Math.max(GAP_MS, took),
      idleMs: (took) =>
        this.#how === 'polling' ? Math.max(POLL_MS, POLL_SHARE * took) : Math.max(SAFETY_MS, SAFETY_SHARE * took),
    });
    this.#events = new FolderWatch(source, path, {
      onEvents: (events) => this.#onEvents(events),
      onError: (error) => this.#poll(error),
    });
  }

  get gitDir(): string {
    return this.#options.gitDir;
  }

  /** Looks soon. */
  ask(): void {
    this.#whole = true;
    this.#pace.ask();
  }

  /** Looks now; resolves when what was found has been told. */
  now(): Promise<void> {
    // Events may be on their way.
    this.#whole = true;
    return this.#pace.now();
  }

  /** Looks soon, also at what is ignored: the index or the ignore rules may have changed. */
  askAnew(): void {
    this.#ignoredStale = true;
    this.#pace.ask();
  }

  /** Takes note of all worktrees of the repository: those inside this one are no files of it. */
  setWorktrees(paths: readonly string[]): void {
    const nested = paths.filter((other) => other.startsWith(this.#options.path + sep));
    const same = nested.length === this.#nested.length && nested.every((other) => this.#nested.includes(other));
    this.#nested = nested;
    if (!same && this.#how !== undefined) this.ask();
  }

  /** Stops; resolves when nothing runs any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pace.close();
    this.#events.close();
  }

  #onEvents({ paths, newFolders, exact }: FolderEvents): void {
    if (paths.includes('')) this.#options.onGone();
    if (paths.some((path) => this.#ignored.has(`${path}/`))) this.askAnew();
    const relevant = paths.filter((path) => !isCovered(path, this.#ignored));
    // It may be ignored itself.
    const rules = paths.some((path) => path === '.gitignore' || path.endsWith('/.gitignore'));
    if (relevant.length === 0 && !rules && !this.#events.stale) return;
    if (newFolders || rules) this.#ignoredStale = true;
    if (!exact || relevant.length > PATHS_MAX) this.#whole = true;
    for (const path of relevant.slice(0, PATHS_MAX)) this.#touched.add(path);
    this.#pace.ask();
  }

  /** Never throws. */
  async #look(reason: Reason): Promise<void> {
    const { path, tell, agree, onGone } = this.#options;
    const touched = this.#touched;
    const isDue = performance.now() - this.#wholeAt > SAFETY_MS;
    const isWhole = this.#whole || isDue || reason === 'idle';
    this.#touched = new Set();
    this.#whole = false;
    try {
      const part = isWhole ? undefined : await this.#readTouched(touched);
      let status = part ?? (await this.#watchAndRead());
      for (let tries = 1; !(await agree(status)) && tries < STATUS_TRIES; tries += 1)
        status = await this.#readAll(false);
      if (this.#signal.aborted) return;
      if (part === undefined) this.#wholeAt = performance.now();
      const written = this.#tell(status, touched, reason);
      // Perhaps a file that is ignored and was not there when that was last found out.
      const isUnexplained = part === undefined && written < touched.size;
      if (isUnexplained && performance.now() - this.#ignoredAt > IGNORED_GAP_MS) this.#ignoredStale = true;
      this.#problem = false;
    } catch (error) {
      if (this.#signal.aborted) return;
      for (const one of touched) this.#touched.add(one);
      this.#whole = true;
      if (!existsSync(path)) onGone();
      else if (!this.#problem) {
        this.#problem = true;
        tell({ kind: 'problem', worktree: path, message: cannotLook(path, 'which files have changed', error).message });
      }
    }
  }

  /** Reads only what events told of; undefined if that does not tell everything. */
  async #readTouched(touched: ReadonlySet<string>): Promise<Status | undefined> {
    const isSettled = this.#how === 'events' && !this.#events.stale && !this.#ignoredStale;
    if (!isSettled || !this.#events.ignores(this.#unwatched())) return undefined;
    const status = await this.#reader.readPart(touched).catch(() => undefined);
    const ignored = status?.ignored.filter((path) => !isCovered(path, this.#ignored)) ?? [];
    if (ignored.some((path) => path.endsWith('/'))) {
      this.#ignoredStale = true;
      return undefined;
    }
    // Nothing that happens to them is looked at again.
    if (this.#ignored.size < IGNORED_MAX) for (const path of ignored) this.#ignored.add(path);
    return status;
  }

  /** Reads the status, and before that watches whatever is not watched yet. */
  async #watchAndRead(): Promise<Status> {
    const events = this.#how === 'polling' ? undefined : this.#events;
    const anew = events !== undefined && (this.#ignoredStale || events.stale);
    const status = await this.#readAll(anew);
    if (events === undefined) return status;
    if (anew) {
      this.#ignored = new Set(status.ignored);
      this.#ignoredAt = performance.now();
    }
    if (this.#how !== undefined && !events.stale && events.ignores(this.#unwatched())) return status;
    try {
      await this.#options.slots.run(() => events.open(this.#unwatched()), this.#signal);
    } catch (error) {
      if (this.#signal.aborted || !existsSync(this.#options.path)) throw error;
      this.#poll(error);
      return status;
    }
    if (this.#how === undefined) this.#setMode('events');
    // Something may have happened between the first reading and the watch.
    return this.#readAll(false);
  }

  async #readAll(ignored: boolean): Promise<Status> {
    if (ignored) this.#ignoredStale = false;
    return this.#reader.readAll({ ignored });
  }

  /** Returns how many of the touched files are uncommitted. */
  #tell(status: Status, touched: ReadonlySet<string>, reason: Reason): number {
    const { path, tell } = this.#options;
    const nested = new Set(this.#relativeNested());
    const files = status.files.filter((file) => !nested.has(file));
    const key = files.join('\0');
    const dirty = new Set(files);
    const written = [...touched].filter((file) => dirty.has(file));
    if (key !== this.#told) {
      this.#told = key;
      tell({ kind: 'changed', worktree: path, ...fileList(files) });
      if (reason === 'idle' && this.#how === 'events') this.#renew();
    }
    if (written.length > 0) tell({ kind: 'touched', worktree: path, files: fileList(written).files });
    return written.length;
  }

  /** A change was found that no event told of. */
  #renew(): void {
    this.#events.invalidate();
    this.#pace.ask();
  }

  #unwatched(): string[] {
    const folders = [...this.#ignored].filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1));
    return ['.git', ...this.#relativeNested(), ...folders];
  }

  #relativeNested(): string[] {
    return this.#nested.map((other) => relative(this.#options.path, other).split(sep).join('/'));
  }

  #poll(cause: unknown): void {
    this.#setMode('polling', eventsUnavailable(cause));
    this.#events.close();
    this.#pace.ask();
  }

  #setMode(how: 'events' | 'polling', why?: string): void {
    if (this.#how === how && this.#why === why) return;
    this.#how = how;
    this.#why = why;
    this.#options.tell({ kind: 'mode', worktree: this.#options.path, how, ...(why !== undefined && { why }) });
  }
}
