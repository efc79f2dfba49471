import type { CreateSegment, SegmentFile } from './segment-file.ts';
import { SyncPace } from './sync-pace.ts';

/**
 * The segment that is being written, created when there is something to write. It knows how much of the segment is
 * on disk, so that a refused write can be cut off again. Writing throws or rejects with the operating system's error.
 */
export class JournalEnd {
  readonly #folder: string;
  readonly #term: number;
  readonly #create: CreateSegment;
  readonly #pace = new SyncPace();
  #segment: SegmentFile | undefined;
  #durableBytes = 0;
  /** Bytes written after those, and not synced yet. */
  #unsyncedBytes = 0;
  /** A refused write could not be cut off. */
  #refusedLeft = false;

  constructor(folder: string, term: number, create: CreateSegment) {
    this.#folder = folder;
    this.#term = term;
    this.#create = create;
  }

  /** What is being written to, for messages. */
  get path(): string {
    return this.#segment?.path ?? this.#folder;
  }

  /** Whether writing takes so long here that it should not hold up the event loop. */
  get slow(): boolean {
    return this.#pace.slow;
  }

  /** @param first number of the first record in `data`, and the one after the last on disk */
  writeBlocking(first: number, data: Uint8Array): void {
    const segment = this.#segment ?? this.#open(first);
    const started = performance.now();
    segment.writeSync(data);
    segment.syncSync();
    this.#written(data, started);
  }

  /** Writes what nobody waits for: it outlives this process at once, and is on disk after the next sync. */
  writeUnsynced(first: number, data: Uint8Array): void {
    const segment = this.#segment ?? this.#open(first);
    segment.writeSync(data);
    this.#unsyncedBytes += data.length;
  }

  async writeInBackground(first: number, data: Uint8Array): Promise<void> {
    const segment = this.#segment ?? this.#open(first);
    const started = performance.now();
    await segment.write(data);
    await segment.sync();
    this.#written(data, started);
  }

  /**
   * Gives up the segment after a failed write: cut back to what is on disk, closed, and never synced again, since a
   * descriptor whose sync failed once may call the next one a success.
   */
  abandon(): void {
    try {
      this.#segment?.truncate(this.#durableBytes);
    } catch {
      this.#refusedLeft = true;
    }
    this.close();
  }

  /** Begins the next segment at record `first` if that is what makes a refused write void. */
  voidRefused(first: number): void {
    if (!this.#refusedLeft) return;
    try {
      this.#open(first);
    } catch {
      // The next write tries again, and fails if this fails again.
    }
  }

  close(): void {
    const segment = this.#segment;
    this.#segment = undefined;
    try {
      segment?.close();
    } catch {
      // Everything that counts in it is on disk already.
    }
  }

  #open(first: number): SegmentFile {
    const segment = this.#create(this.#folder, { term: this.#term, first });
    this.#segment = segment;
    this.#durableBytes = segment.headerBytes;
    this.#unsyncedBytes = 0;
    this.#refusedLeft = false;
    return segment;
  }

  #written(data: Uint8Array, started: number): void {
    this.#durableBytes += this.#unsyncedBytes + data.length;
    this.#unsyncedBytes = 0;
    this.#pace.note(performance.now() - started);
  }
}
