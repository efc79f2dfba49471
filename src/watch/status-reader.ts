import { lstatSync, type Stats } from 'node:fs';
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

/** What is written to these changes what git says of other files. */
const TELLING_NAMES: ReadonlySet<string> = new Set(['.git', '.gitattributes', '.gitmodules']);
/** What Node puts where a name is no UTF-8. */
const NO_UTF8 = '\ufffd';

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
    if (last.gitFiles !== this.#gitFiles() || this.#tellsOfOthers(paths, last.status)) return undefined;
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
      const held = stateOf(lock);
      // A git that was killed leaves its lock behind, which must not delay every look from then on.
      if (held === '' || held === this.#abandonedLock) return;
      if (performance.now() >= deadline) this.#abandonedLock = held;
      await wait(LOCK_PAUSE_MS, undefined, { signal: this.#options.git.signal });
    }
  }

  #gitFiles(): string {
    return ['HEAD', 'index', 'index.lock'].map((name) => stateOf(join(this.#options.gitDir, name))).join(' ');
  }

  /**
   * Whether what happened to these may show in other files, or under another name: rules for other files, a file that has
   * several names, a name that is no UTF-8, and repositories within the worktree, of which git speaks as a whole.
   */
  #tellsOfOthers(paths: readonly string[], { files }: Status): boolean {
    const root = this.#options.path;
    if (look(join(root, '.gitmodules')) !== undefined) return true;
    if (paths.some((path) => path.split('/').some((name) => TELLING_NAMES.has(name)) || path.includes(NO_UTF8)))
      return true;
    if (paths.some((path) => hasOtherNames(look(join(root, path))))) return true;
    const folders = new Set(paths.flatMap(foldersAbove));
    const listed = new Set(files);
    return [...folders].some((folder) => listed.has(folder) || look(join(root, folder, '.git')) !== undefined);
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

/** Folders always have several links. */
function hasOtherNames(found: Stats | undefined): boolean {
  return found !== undefined && !found.isDirectory() && found.nlink > 1;
}

/** Which file is at this path, and in which state; empty if there is none. */
function stateOf(path: string): string {
  const found = look(path);
  return found === undefined ? '' : `${found.ino}:${found.mtimeMs}:${found.size}`;
}

/** What is at this path; undefined if there is nothing, or it is out of reach. */
function look(path: string): Stats | undefined {
  try {
    // Done here, since to have another thread do it costs far more than the look itself.
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
