import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { GitOptions } from '../repository/git.ts';
import type { Slots } from './slots.ts';
import { readStatus, type Status } from './status.ts';

/** While git writes the index, a look is put off, by this and at most by that, in milliseconds. */
const LOCK_PAUSE_MS = 50;
const LOCK_MAX_MS = 5000;
/** How often a status is read that git's own changes have overtaken. */
const TRIES = 5;
/** From so many files on, a look at all of them costs hardly more. */
const PART_MAX_PATHS = 100;

export interface StatusReaderOptions {
  /** Absolute path of the worktree. */
  path: string;
  /** Its git directory. */
  gitDir: string;
  /** Limits how many worktrees are gone through at once. */
  slots: Slots;
  git: GitOptions & { signal: AbortSignal };
}

/**
 * Reads the status of one worktree: of all its files, or, a tenth of the work in a large one, only of those that are
 * known to have been touched since the last time. Rejects as `readStatus`, or with the reason of the signal.
 */
export class StatusReader {
  readonly #options: StatusReaderOptions;
  /** The last status, and what git's own files were like then; nothing if they were changing. */
  #last: { status: Status; gitFiles: string } | undefined;
  #abandonedLock = '';

  constructor(options: StatusReaderOptions) {
    this.#options = options;
  }

  /**
   * Reads all of it while git itself changes nothing; puts up with it if that takes too long.
   *
   * @param ignored whether to find out what is ignored too
   */
  async readAll({ ignored }: { ignored: boolean }): Promise<Status> {
    const { path, slots, git } = this.#options;
    for (let tries = 1; ; tries += 1) {
      await this.#waitForLock();
      const before = this.#gitFiles();
      const status = await slots.run(() => readStatus(path, { ignored }, git), git.signal);
      const isStill = before === this.#gitFiles();
      this.#last = isStill ? { status, gitFiles: before } : undefined;
      if (isStill || tries === TRIES) return status;
    }
  }

  /**
   * The last status, with what has become of these paths since. What is ignored is told of them alone.
   *
   * @param touched every path that may have changed, relative to the worktree
   * @returns undefined if only reading all of it can tell
   */
  async readPart(touched: ReadonlySet<string>): Promise<Status | undefined> {
    const { path, slots, git } = this.#options;
    const last = this.#last;
    if (last === undefined || touched.size === 0 || touched.size > PART_MAX_PATHS) return undefined;
    const paths = [...touched];
    if (last.gitFiles !== this.#gitFiles() || this.#isElsewhere(paths)) return undefined;
    const part = await slots.run(() => readStatus(path, { ignored: true, paths }, git), git.signal);
    // The branch may have been moved from elsewhere, which changes what every file is compared with.
    const isMoved = part.head !== last.status.head || part.branch !== last.status.branch;
    if (isMoved || last.gitFiles !== this.#gitFiles()) return undefined;
    const status = { ...part, files: replaced(last.status.files, touched, part.files) };
    this.#last = { ...last, status };
    return status;
  }

  async #waitForLock(): Promise<void> {
    const lock = join(this.#options.gitDir, 'index.lock');
    const deadline = performance.now() + LOCK_MAX_MS;
    for (;;) {
      const held = look(lock);
      // A git that was killed leaves its lock behind, which must not delay every look from then on.
      if (held === '' || held === this.#abandonedLock) return;
      if (performance.now() >= deadline) this.#abandonedLock = held;
      await wait(LOCK_PAUSE_MS, undefined, { signal: this.#options.git.signal });
    }
  }

  #gitFiles(): string {
    return ['HEAD', 'index', 'index.lock'].map((name) => look(join(this.#options.gitDir, name))).join(' ');
  }

  /** Whether one of these lies in a repository within the worktree: git then speaks of that as a whole, if asked for it. */
  #isElsewhere(paths: readonly string[]): boolean {
    const folders = new Set(paths.flatMap(foldersAbove));
    return [...folders].some((folder) => look(join(this.#options.path, folder, '.git')) !== '');
  }
}

/** A list of files in which what is at or below these paths is replaced. Sorted. */
function replaced(files: readonly string[], paths: ReadonlySet<string>, by: readonly string[]): string[] {
  const kept = files.filter((file) => !paths.has(file) && !foldersAbove(file).some((folder) => paths.has(folder)));
  return [...new Set([...kept, ...by])].sort();
}

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(path); folder !== '.' && folder !== '/'; folder = dirname(folder)) folders.push(folder);
  return folders;
}

/** Which file is at this path, and in which state; empty if there is none, or it is out of reach. */
function look(path: string): string {
  try {
    // Done here, since to have another thread do it costs far more than the look itself.
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino}:${mtimeMs}:${size}`;
  } catch {
    return '';
  }
}
