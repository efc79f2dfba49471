import { dirname } from 'node:path';

/** What happened below a watched folder. */
export interface FolderEvents {
  /** What was created, changed or deleted, relative to the folder with `/`; empty if that is the folder itself, or not known. */
  paths: string[];
  /** Folders are among it that have just appeared. */
  newFolders: boolean;
  /** The paths are spelled as the file system spells them, and nothing else has happened. */
  exact: boolean;
}

/** Whoever is told of events. */
export interface TreeListener {
  onEvents(events: FolderEvents): void;
  /** Events have ceased. */
  onError(error: Error): void;
}

/** A folder that is watched with everything below it. */
export interface WatchedTree {
  close(): void;
}

/**
 * Watches everything below a folder except these folders in it, given relative to it with `/`. Rejects with the
 * operating system's error.
 */
export type EventSource = (root: string, ignored: ReadonlySet<string>, listener: TreeListener) => Promise<WatchedTree>;

/** Events that have ceased are asked for anew, but not more often than this within so many milliseconds. */
const FAILURES_MAX = 3;
const FAILURES_WITHIN_MS = 60_000;

/** The events below one folder, for as long as the system reports them. */
export class FolderWatch {
  readonly #source: EventSource;
  readonly #root: string;
  readonly #onEvents: (events: FolderEvents) => void;
  readonly #onError: (error: Error) => void;
  #ignored: ReadonlySet<string> = new Set();
  #tree: WatchedTree | undefined;
  #stale = false;
  #closed = false;
  /** When it failed of late, on the clock of `performance.now()`. */
  #failures: number[] = [];

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
    const wanted = new Set(ignored);
    return wanted.size === this.#ignored.size && ignored.every((path) => this.#ignored.has(path));
  }

  /**
   * Watches everything below the folder except these folders; if it is watched already, anew. Whoever wants to
   * miss nothing looks at the folder after this.
   *
   * @param ignored relative paths
   * @throws what the event source throws
   */
  async open(ignored: readonly string[]): Promise<void> {
    this.#drop();
    this.#stale = false;
    this.#ignored = new Set(ignored);
    if (this.#closed) return;
    const opened = this.#ignored;
    const tree = await this.#source(this.#root, this.#ignored, {
      onEvents: (events) => {
        if (!this.#isCurrent(opened)) return;
        // The folder was deleted or moved away; another one may have its place.
        if (events.paths.includes('')) this.#stale = true;
        this.#onEvents(events);
      },
      onError: (error) => {
        if (this.#isCurrent(opened)) this.#fail(error);
      },
    });
    if (this.#isCurrent(opened)) this.#tree = tree;
    else tree.close();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #isCurrent(opened: ReadonlySet<string>): boolean {
    return !this.#closed && opened === this.#ignored;
  }

  /** Anything may have happened unseen; whoever is told looks, and opens this again. */
  #fail(error: Error): void {
    const now = performance.now();
    this.#failures = [...this.#failures.filter((at) => now - at < FAILURES_WITHIN_MS), now];
    if (this.#failures.length > FAILURES_MAX) {
      this.#onError(error);
      return;
    }
    this.#stale = true;
    this.#onEvents({ paths: [], newFolders: true, exact: false });
  }

  #drop(): void {
    this.#tree?.close();
    this.#tree = undefined;
  }
}

/** Whether a path, or a folder it lies in, is in the set; folders are in it with `/` at the end. */
export function isCovered(path: string, set: ReadonlySet<string>): boolean {
  if (set.has(path) || set.has(`${path}/`)) return true;
  for (let folder = dirname(path); folder !== '.' && folder !== '/'; folder = dirname(folder)) {
    if (set.has(`${folder}/`)) return true;
  }
  return false;
}
