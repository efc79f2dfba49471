import type { PawError } from '../errors/paw-error.ts';
import { snapshotFailed } from '../errors/storage.ts';
import type { Folded, FoldJob } from './fold.ts';
import { foldInWorker } from './fold-in-worker.ts';

/**
 * A new snapshot is made after so many records or so many bytes of journal, whichever comes first. Making one takes a
 * core for most of a second; reading so much journal at a start takes less than that.
 */
const SNAPSHOT_RECORDS = 40_000;
const SNAPSHOT_BYTES = 32 * 1024 * 1024;
/** How long after a failure the next attempt waits, in milliseconds. */
const RETRY_MS = 60_000;

/** What the keeper needs of the journal. */
export interface RollingJournal {
  /** Closes the open segment; returns the last record in closed ones. */
  roll(): Promise<number>;
  onSynced: ((written: { records: number; bytes: number }) => void) | undefined;
}

/** Makes the snapshot; ends early with the signal's reason when it is aborted. */
export type FoldRunner = (job: FoldJob, signal: AbortSignal) => Promise<Folded>;

export interface SnapshotKeeperOptions {
  stateDir: string;
  journal: RollingJournal;
  /** What the journal held beyond the snapshot at the start. */
  sinceSnapshot: { records: number; bytes: number };
  /** Told of each snapshot made. */
  onSnapshot?: (folded: Folded) => void;
  /** Told of each failure. The journal keeps everything, and the next attempt comes by itself. */
  onFailure?: (error: PawError) => void;
  /** The default runs a worker thread. */
  foldRunner?: FoldRunner;
  /** The default is 40,000. */
  maxRecords?: number;
  /** The default is 32 MiB. */
  maxBytes?: number;
  /** The default is a minute. */
  retryMs?: number;
}

/** Has a snapshot made whenever the journal has grown by enough since the last; one at a time. */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly #retryMs: number;
  readonly #foldRunner: FoldRunner;
  readonly #closing = new AbortController();
  #records: number;
  #bytes: number;
  #running: Promise<void> | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
    this.#maxRecords = options.maxRecords ?? SNAPSHOT_RECORDS;
    this.#maxBytes = options.maxBytes ?? SNAPSHOT_BYTES;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    this.#foldRunner = options.foldRunner ?? foldInWorker;
    this.#records = options.sinceSnapshot.records;
    this.#bytes = options.sinceSnapshot.bytes;
    options.journal.onSynced = ({ records, bytes }) => {
      this.#records += records;
      this.#bytes += bytes;
      this.#check();
    };
    this.#check();
  }

  /** Ends a snapshot that is being made, and makes no more. Resolves when nothing runs; the journal has everything. */
  async close(): Promise<void> {
    this.#options.journal.onSynced = undefined;
    clearTimeout(this.#retryTimer);
    this.#closing.abort();
    await this.#running;
  }

  #check(): void {
    if (this.#running || this.#retryTimer || this.#closing.signal.aborted) return;
    if (this.#records < this.#maxRecords && this.#bytes < this.#maxBytes) return;
    this.#running = this.#makeSnapshot().finally(() => {
      this.#running = undefined;
      this.#check();
    });
  }

  async #makeSnapshot(): Promise<void> {
    const { stateDir, journal, onSnapshot, onFailure } = this.#options;
    const { signal } = this.#closing;
    try {
      const through = await journal.roll();
      // What is synced from here on is not in the closed segments.
      const records = this.#records;
      const bytes = this.#bytes;
      signal.throwIfAborted();
      const folded = await this.#foldRunner({ stateDir, through }, signal);
      this.#records -= records;
      this.#bytes -= bytes;
      onSnapshot?.(folded);
    } catch (error) {
      if (signal.aborted) return;
      this.#retryTimer = setTimeout(() => {
        this.#retryTimer = undefined;
        this.#check();
      }, this.#retryMs).unref();
      onFailure?.(snapshotFailed(error));
    }
  }
}
