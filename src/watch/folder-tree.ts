import { type FSWatcher, watch } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PATHS_MAX } from '../protocol/limits.ts';
import type { EventSource, TreeListener, WatchedTree } from './folder-events.ts';

/** What happens together is told together: how long after the first event, in milliseconds. */
const GATHER_MS = 20;
/** What the system says of a folder that has gone (Windows: is about to) or is not readable. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EPERM', 'EACCES']);
/** The systems that report changes of a whole tree; elsewhere each folder in it is watched by itself. */
const WHOLE_TREES: ReadonlySet<string> = new Set(['darwin', 'win32']);

/**
 * The changes below a folder, as the operating system reports them.
 *
 * Where each folder is watched by itself, it is watched before it is read: what is made in it meanwhile is told of
 * twice rather than not at all. A folder that appears is gone through like the first one, and everything in it is told.
 */
export const systemEvents: EventSource = async (root, ignored, listener) => {
  const tree = new FolderTree(root, ignored, listener);
  try {
    await tree.open();
  } catch (error) {
    tree.close();
    throw error;
  }
  return tree;
};

class FolderTree implements WatchedTree {
  readonly #root: string;
  readonly #ignored: ReadonlySet<string>;
  readonly #listener: TreeListener;
  /** Watched folders, by their path relative to the root; the root itself is the empty one. */
  readonly #watched = new Map<string, FSWatcher>();
  readonly #closing = new AbortController();
  /** Which folder the root was when it was opened: another one may have its place. */
  #inode: number | undefined;
  /** Paths that something was reported of, and those of them that have come or gone. */
  #changed = new Set<string>();
  #moved = new Set<string>();
  #telling: Promise<void> | undefined;

  constructor(root: string, ignored: ReadonlySet<string>, listener: TreeListener) {
    this.#root = root;
    this.#ignored = ignored;
    this.#listener = listener;
  }

  async open(): Promise<void> {
    if (WHOLE_TREES.has(process.platform)) this.#watch('', { recursive: true });
    else await this.#enter('', []);
    this.#inode = (await stat(this.#root)).ino;
  }

  close(): void {
    this.#closing.abort();
    for (const watcher of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  /** Watches a folder and everything in it that is not ignored; adds what it finds to `found`. */
  async #enter(folder: string, found: string[]): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const entries = await this.#read(folder);
    const folders: string[] = [];
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (this.#ignored.has(path)) continue;
      if (entry.isDirectory()) folders.push(path);
      else if (found.length < PATHS_MAX) found.push(path);
    }
    await Promise.all(folders.map((path) => this.#enter(path, found)));
  }

  /** What is in a folder, watched from before that was read. Nothing if it is out of reach, unless it is the root. */
  async #read(folder: string) {
    try {
      this.#watch(folder);
      return await readdir(join(this.#root, folder), { withFileTypes: true });
    } catch (error) {
      if (folder === '' || !isOutOfReach(error)) throw error;
      this.#leave(folder);
      return [];
    }
  }

  #watch(folder: string, { recursive = false } = {}): void {
    if (this.#watched.has(folder)) return;
    const watcher = watch(join(this.#root, folder), { persistent: false, recursive });
    watcher.on('change', (type, name) => this.#note(folder, type, name));
    // A folder that was deleted may end its watch so; its parent tells of it.
    watcher.on('error', (error) => {
      if (!isOutOfReach(error)) this.#fail(error);
    });
    this.#watched.set(folder, watcher);
  }

  #note(folder: string, type: string, name: string | Buffer | null): void {
    const below = name === null ? '' : String(name).split(sep).join('/');
    const path = [folder, below].filter((part) => part !== '').join('/');
    const isIgnored = this.#isIgnored(path);
    // That an ignored folder itself comes or goes is told: what has its place need not be ignored.
    if (isIgnored && !(type === 'rename' && this.#ignored.has(path))) return;
    this.#changed.add(path);
    if (type === 'rename' && !isIgnored) this.#moved.add(path);
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined;
    });
  }

  /** Tells everything that was noted until nothing is left; each time after a moment. Never rejects. */
  async #tell(): Promise<void> {
    try {
      while (this.#changed.size > 0) {
        await wait(GATHER_MS, undefined, { signal: this.#closing.signal, ref: false });
        const [changed, moved] = [this.#changed, this.#moved];
        this.#changed = new Set();
        this.#moved = new Set();
        const { found, newFolders } = await this.#follow(moved);
        const isReplaced = moved.size > 0 && (await this.#isReplaced(moved));
        if (this.#closing.signal.aborted) return;
        const paths = [...new Set([...(isReplaced ? [''] : []), ...changed, ...found])];
        this.#listener.onEvents({ paths, newFolders, exact: !WHOLE_TREES.has(process.platform) });
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Leaves folders that have gone, and enters those that have come. */
  async #follow(moved: ReadonlySet<string>): Promise<{ found: string[]; newFolders: boolean }> {
    if (moved.size === 0) return { found: [], newFolders: false };
    for (const folder of [...this.#watched.keys()]) if (isWithin(folder, moved)) this.#leave(folder);
    const found: string[] = [];
    let newFolders = false;
    for (const path of moved) {
      const entry = await lstat(join(this.#root, path)).catch(() => undefined);
      if (path === '' || entry?.isDirectory() !== true) continue;
      newFolders = true;
      // A parent that has become a link is watched no more, and what it leads to is none of ours.
      if (!this.#watched.has(path.slice(0, Math.max(0, path.lastIndexOf('/'))))) continue;
      if (!WHOLE_TREES.has(process.platform)) await this.#enter(path, found);
    }
    return { found, newFolders };
  }

  /** Whether the root is not the folder any more that it was. */
  async #isReplaced(moved: ReadonlySet<string>): Promise<boolean> {
    const now = await stat(this.#root).catch(() => undefined);
    if (now === undefined || (this.#inode !== undefined && now.ino !== this.#inode)) return true;
    // Its own end is reported under its name, as if that were in it; the next folder may have got the same number.
    const own = basename(this.#root);
    return moved.has(own) && (await lstat(join(this.#root, own)).catch(() => undefined)) === undefined;
  }

  #leave(folder: string): void {
    this.#watched.get(folder)?.close();
    this.#watched.delete(folder);
  }

  #isIgnored(path: string): boolean {
    return isWithin(path, this.#ignored);
  }

  #fail(error: Error): void {
    if (this.#closing.signal.aborted) return;
    this.close();
    this.#listener.onError(error);
  }
}

/** Whether a path is one of these, or lies below one of them. */
function isWithin(path: string, folders: ReadonlySet<string>): boolean {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) if (folders.has(at)) return true;
  return false;
}

/** Whether a folder has gone, or may not be looked into: then nothing in it is anybody's work here. */
function isOutOfReach(error: unknown): boolean {
  return error instanceof Error && 'code' in error && OUT_OF_REACH.has(String(error.code));
}
