import type { PawError } from '../errors/paw-error.ts';
import { appendFailed, journalClosed, journalShort } from '../errors/storage.ts';
import { Batch } from './batch.ts';
import { JournalEnd } from './journal-end.ts';
import { encodeLine } from './line.ts';
import type { NumberedRecord } from './rules.ts';
import { type CreateSegment, createSegmentFile } from './segment-file.ts';

/*
 * The journal's writing end.
 *
 * - Records are gathered and written together: one write and one sync for everything appended in a turn of the event
 *   loop, or while the sync before it is under way.
 * - A batch is on disk as a whole before anybody is told, or all who wait are refused. After a refusal the segment is
 *   given up and the journal is broken: nothing is appended until the owner has rebuilt its state and calls `reopen`.
 * - A new segment begins at the record after the last one that is on disk. That alone makes a refused tail void,
 *   should it still lie in an earlier segment.
 */

export interface JournalOptions {
  /** The folder of the segments. */
  folder: string;
  /** Number of the office of the coordinator that writes. */
  term: number;
  /** Number of the last record on disk, 0 if there is none. */
  last: number;
  /** Opens segments. The default writes to the file system. */
  createSegment?: CreateSegment;
  /** Told once each time the journal breaks. */
  onFailure?: (error: PawError) => void;
}

/** How long a lazy record may wait for the sync of another one, in milliseconds. */
const LAZY_MAX_MS = 1_000;

const NOTHING_TO_WAIT_FOR: Promise<void> = Promise.resolve();

export class Journal<R extends NumberedRecord> {
  readonly #folder: string;
  readonly #end: JournalEnd;
  readonly #onFailure: ((error: PawError) => void) | undefined;
  #last: number;
  #durable: number;
  #gathering: Batch | undefined;
  #underWay: Batch | undefined;
  /** Lazy records that are written and not synced. */
  #unsynced = { records: 0, bytes: 0 };
  #scheduled = false;
  #lazyTimer: NodeJS.Timeout | undefined;
  #failure: PawError | undefined;
  #closing = false;

  /** Called after each sync with what it brought to disk. */
  onSynced: ((written: { records: number; bytes: number }) => void) | undefined;

  constructor({ folder, term, last, createSegment = createSegmentFile, onFailure }: JournalOptions) {
    this.#folder = folder;
    this.#last = last;
    this.#durable = last;
    this.#end = new JournalEnd(folder, term, createSegment);
    this.#onFailure = onFailure;
  }

  /** Number of the last record appended. */
  get last(): number {
    return this.#last;
  }

  /** Number of the last record on disk. */
  get durable(): number {
    return this.#durable;
  }

  /** Whether anything appended is not on disk yet. */
  get pending(): boolean {
    return this.#gathering !== undefined || this.#underWay !== undefined || this.#unsynced.records > 0;
  }

  /** Why nothing can be appended until `reopen`; undefined while all is well. */
  get failure(): PawError | undefined {
    return this.#failure;
  }

  /**
   * Takes in a record to be written. `conflict`: the last record is not number `expected`, or the record is not the
   * one after it; nothing was taken in, and the decision has to be made again.
   *
   * @param lazy nobody waits for it: it is written like the others, and synced with the next batch or after a second
   * @throws PawError `storage` while the journal is broken, `unavailable` after `close`
   */
  append(expected: number, record: R, { lazy = false }: { lazy?: boolean } = {}): 'ok' | 'conflict' {
    if (this.#failure) throw this.#failure;
    if (this.#closing) throw journalClosed();
    if (expected !== this.#last || record.n !== expected + 1) return 'conflict';
    const line = encodeLine(record);
    this.#gathering ??= new Batch(record.n);
    this.#gathering.add(line);
    this.#last = record.n;
    if (lazy) this.#write(this.#gathering);
    else this.#hurry(this.#gathering);
    return 'ok';
  }

  /**
   * Resolves when every record appended so far is on disk, lazy ones aside.
   *
   * @throws PawError `storage` if their batch failed, or while the journal is broken
   */
  synced(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#gathering?.hurried) return this.#gathering.done;
    if (this.#underWay?.hurried) return this.#underWay.done;
    return NOTHING_TO_WAIT_FOR;
  }

  /** Resolves when every record appended so far would outlive this process, lazy ones included. */
  written(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    return (this.#gathering ?? this.#underWay)?.done ?? NOTHING_TO_WAIT_FOR;
  }

  /** Like `synced`, lazy records included. */
  flush(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#gathering || this.#unsynced.records > 0) this.#hurryAll();
    return (this.#gathering ?? this.#underWay)?.done ?? NOTHING_TO_WAIT_FOR;
  }

  /**
   * Closes the open segment, so that its records can be folded into a snapshot. Later records go to a new one.
   *
   * @returns number of the last record in the closed segments
   * @throws PawError `storage` if the journal is or gets broken
   */
  async roll(): Promise<number> {
    while (this.#underWay || this.#unsynced.records > 0) await (this.#underWay?.done ?? this.flush());
    if (this.#failure) throw this.#failure;
    this.#end.close();
    return this.#durable;
  }

  /**
   * Ends the broken state, after the owner has rebuilt its own from disk.
   *
   * @param last number of the last record in the rebuilt state
   * @throws PawError `storage` if that is not the last record that was acknowledged
   */
  reopen(last: number): void {
    if (!this.#failure) return;
    if (last !== this.#durable) throw journalShort(this.#folder, last, this.#durable);
    this.#last = last;
    this.#failure = undefined;
    this.#end.voidRefused(last + 1);
  }

  /**
   * Writes what is pending and closes the open segment. Nothing can be appended from the call on.
   *
   * @throws PawError `storage` if what was pending could not be written
   */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#failure) return;
    try {
      await this.flush();
    } finally {
      this.#end.close();
    }
  }

  #write(batch: Batch): void {
    batch.due = true;
    this.#schedule();
  }

  #hurry(batch: Batch): void {
    batch.hurried = true;
    this.#write(batch);
  }

  /** Has everything synced, also if there is nothing left to write. */
  #hurryAll(): void {
    this.#gathering ??= new Batch(this.#last + 1);
    this.#hurry(this.#gathering);
  }

  #schedule(): void {
    if (this.#scheduled || this.#underWay) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#writeGathered();
    });
  }

  #writeGathered(): void {
    const batch = this.#gathering;
    if (!batch?.due || this.#underWay) return;
    this.#gathering = undefined;
    if (!batch.hurried) this.#writeUnsynced(batch);
    else if (this.#end.slow) void this.#writeInBackground(batch);
    else this.#writeBlocking(batch);
  }

  #writeUnsynced(batch: Batch): void {
    const data = batch.bytes();
    try {
      this.#end.writeUnsynced(batch.first, data);
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    this.#unsynced.records += batch.records;
    this.#unsynced.bytes += data.length;
    batch.resolve();
    this.#lazyTimer ??= setTimeout(() => this.#hurryAll(), LAZY_MAX_MS).unref();
  }

  #writeBlocking(batch: Batch): void {
    const data = batch.bytes();
    try {
      this.#end.writeBlocking(batch.first, data);
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    this.#settle(batch, data.length);
  }

  async #writeInBackground(batch: Batch): Promise<void> {
    this.#underWay = batch;
    const data = batch.bytes();
    try {
      await this.#end.writeInBackground(batch.first, data);
    } catch (error) {
      this.#underWay = undefined;
      this.#fail(batch, error);
      return;
    }
    this.#underWay = undefined;
    this.#settle(batch, data.length);
  }

  #settle(batch: Batch, bytes: number): void {
    this.#durable = batch.last;
    const written = { records: batch.records + this.#unsynced.records, bytes: bytes + this.#unsynced.bytes };
    this.#noneUnsynced();
    batch.resolve();
    if (this.#gathering?.due) this.#schedule();
    this.onSynced?.(written);
  }

  #noneUnsynced(): void {
    this.#unsynced = { records: 0, bytes: 0 };
    clearTimeout(this.#lazyTimer);
    this.#lazyTimer = undefined;
  }

  #fail(batch: Batch, cause: unknown): void {
    const error = appendFailed(this.#end.path, cause);
    this.#failure = error;
    this.#end.abandon();
    const next = this.#gathering;
    this.#gathering = undefined;
    this.#noneUnsynced();
    batch.reject(error);
    next?.reject(error);
    this.#onFailure?.(error);
  }
}
