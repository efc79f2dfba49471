import { lstat, readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

type Backend = 'inotify' | 'fs-events' | 'windows';

/** The part of `@parcel/watcher` that is used. */
export interface EventSource {
  subscribe(
    folder: string,
    onEvents: (error: Error | null, events: readonly { path: string; type: string }[]) => void,
    options: { ignore: string[]; backend?: Backend },
  ): Promise<{ unsubscribe(): Promise<void> }>;
}

/** What happened below a watched folder. */
export interface FolderEvents {
  /** What was created, changed or deleted, relative to the folder with `/`; empty if that is not known. */
  paths: string[];
  /** Folders are among it that were just created. */
  newFolders: boolean;
}

/** A scan fails if a file vanishes during it, so it is tried this often. */
const SCAN_TRIES = 3;
/**
 * What of each system is used. Unless it is named, the package starts a shell to look for another one each time it
 * begins, and never collects it.
 */
const BACKENDS: { readonly [platform: string]: Backend } = { linux: 'inotify', darwin: 'fs-events', win32: 'windows' };
/** What ends an event source without its being at fault: the signal of a process that has ended met it. */
const INTERRUPTED = /Interrupted system call/;
/** An event source that ends is asked anew, but not more often than this within so many milliseconds. */
const ENDS_MAX = { failed: 3, interrupted: 60 };
const ENDS_WITHIN_MS = 60_000;
/** More new entries at once than this are not looked at one by one. */
const LOOKED_AT_MAX = 200;
/** Ignored folders that the system is not asked to watch; each costs a comparison per event and file. */
const IGNORED_MAX = 100;
/** Characters that the event source would take for a pattern. */
const PATTERN = /[*?[\]{}()!]/;

/**
 * The events below one folder.
 *
 * A folder that is made inside another new one may go unwatched: it can be there before the watch on its parent
 * is. So new folders are looked into, and if one holds a folder nobody told of, `renew` is due.
 */
export class FolderWatch {
  readonly #source: EventSource;
  readonly #root: string;
  readonly #onEvents: (events: FolderEvents) => void;
  readonly #onError: (error: Error) => void;
  #ignored: string[] = [];
  #close: (() => Promise<void>) | undefined;
  #stale = false;
  #closed = false;
  /** When it ended of late, on the clock of `performance.now()`. */
  readonly #ends: Record<keyof typeof ENDS_MAX, number[]> = { failed: [], interrupted: [] };

  /** @param onError told when events have ceased for good */
  constructor(
    source: EventSource,
    root: string,
    { onEvents, onError }: { onEvents: (events: FolderEvents) => void; onError: (error: Error) => void },
  ) {
    this.#source = source;
    this.#root = root;
    this.#onEvents = onEvents;
    this.#onError = onError;
  }

  /** Whether something may have happened unseen, so that `open` is due again. */
  get stale(): boolean {
    return this.#stale;
  }

  /** Says that events are missing. */
  invalidate(): void {
    this.#stale = true;
  }

  /** Whether these are the folders that are not watched now. */
  ignores(ignored: readonly string[]): boolean {
    const wanted = choose(ignored);
    return wanted.length === this.#ignored.length && wanted.every((path) => this.#ignored.includes(path));
  }

  /**
   * Watches everything below the folder except these folders; if it is watched already, anew. Whoever wants to
   * miss nothing looks at the folder after this.
   *
   * @param ignored relative paths
   * @throws what the event source throws
   */
  async open(ignored: readonly string[]): Promise<void> {
    await this.#unsubscribe();
    this.#stale = false;
    this.#ignored = choose(ignored);
    for (let attempt = 1; ; attempt += 1) {
      if (this.#closed) return;
      try {
        await this.#subscribe();
        break;
      } catch (error) {
        if (attempt === SCAN_TRIES || (error instanceof Error && /ENOSPC|No space left/.test(error.message)))
          throw error;
      }
    }
    if (this.#closed) await this.#unsubscribe();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#unsubscribe();
  }

  async #subscribe(): Promise<void> {
    let current = true;
    const onEvents = (error: Error | null, events: readonly { path: string; type: string }[]): void => {
      if (!current) return;
      if (error) this.#fail(error);
      else void this.#take(events);
    };
    const backend = BACKENDS[process.platform];
    const options = { ignore: this.#ignored, ...(backend !== undefined && { backend }) };
    const subscription = await this.#source.subscribe(this.#root, onEvents, options);
    this.#close = async () => {
      current = false;
      // Fails for a folder that is gone, and then there is nothing to end.
      await subscription.unsubscribe().catch(() => undefined);
    };
  }

  /** Anything may have happened unseen; whoever is told looks, and opens this again. */
  #fail(error: Error): void {
    const now = performance.now();
    const how = INTERRUPTED.test(error.message) ? 'interrupted' : 'failed';
    const ends = [...this.#ends[how].filter((at) => now - at < ENDS_WITHIN_MS), now];
    this.#ends[how] = ends;
    if (ends.length > ENDS_MAX[how]) {
      this.#onError(error);
      return;
    }
    this.#stale = true;
    this.#onEvents({ paths: [], newFolders: true });
  }

  async #unsubscribe(): Promise<void> {
    const close = this.#close;
    this.#close = undefined;
    await close?.();
  }

  async #take(events: readonly { path: string; type: string }[]): Promise<void> {
    // The folder itself was deleted or moved away; another one may have its place.
    if (events.some(({ path, type }) => path === this.#root && type === 'delete')) this.#stale = true;
    const created = events.filter(({ type }) => type === 'create').map(({ path }) => path);
    const paths = events.map(({ path }) => this.#relative(path));
    const newFolders = await this.#lookInto(created);
    if (!this.#closed) this.#onEvents({ paths, newFolders });
  }

  /** Whether folders are among the created entries; finds those that may be unwatched. */
  async #lookInto(created: string[]): Promise<boolean> {
    if (created.length > LOOKED_AT_MAX) {
      this.#stale = true;
      return true;
    }
    const told = new Set(created);
    const folders = await Promise.all(
      created.map(async (path) => {
        const found = await lstat(path).catch(() => undefined);
        if (found?.isDirectory() !== true) return false;
        const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
        const unseen = entries.some((entry) => entry.isDirectory() && this.#isUnseen(join(path, entry.name), told));
        if (unseen) this.#stale = true;
        return true;
      }),
    );
    return folders.includes(true);
  }

  #isUnseen(folder: string, told: ReadonlySet<string>): boolean {
    return !told.has(folder) && !isInside(this.#relative(folder), this.#ignored);
  }

  #relative(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }
}

/** The folders nearest to the root: they hold the most. */
function choose(ignored: readonly string[]): string[] {
  return ignored
    .filter((path) => !PATTERN.test(path))
    .sort((a, b) => a.split('/').length - b.split('/').length)
    .slice(0, IGNORED_MAX);
}

/** Whether a path is one of these or lies below one; all with `/`. */
function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** Whether a path, or a folder it lies in, is in the set; folders are in it with `/` at the end. */
export function isCovered(path: string, set: ReadonlySet<string>): boolean {
  if (set.has(path) || set.has(`${path}/`)) return true;
  for (let folder = dirname(path); folder !== '.' && folder !== '/'; folder = dirname(folder)) {
    if (set.has(`${folder}/`)) return true;
  }
  return false;
}
