import { PawError, toPawError } from '../errors/paw-error.ts';
import type { Config } from '../state/config.ts';
import type { StateRecord } from '../state/records.ts';
import type { State } from '../state/state.ts';
import type { Now } from '../state/time.ts';
import { Transaction } from '../state/transaction.ts';

/*
 * Decides one request after the other, and answers when what it decided is on disk.
 *
 *     rule(tx) ──▶ record ──▶ journal ──▶ sync ──▶ answer
 *
 * - A rule runs to its end without waiting, so no two decisions mix.
 * - What a rule emits is applied at once and journaled as one record. Every answer, a plain look included, waits for
 *   the sync that covers the state it was computed from.
 * - If a sync fails, everything that waited for it is refused, and the state is read back from disk before the next
 *   decision. The same is done if a rule fails halfway, which is a defect.
 */

/** A rule: checks, may throw a `PawError`, emits events, and returns the answer. */
export type Rule<A> = (tx: Transaction) => A;

/** What the engine needs of the journal. */
export interface EngineJournal {
  readonly failure: PawError | undefined;
  readonly durable: number;
  append(expected: number, record: StateRecord, options?: { lazy?: boolean }): 'ok' | 'conflict';
  synced(): Promise<void>;
  written(): Promise<void>;
  flush(): Promise<void>;
  reopen(last: number): void;
}

export interface EngineOptions {
  state: State;
  journal: EngineJournal;
  /** Reads the state back from disk, up to the record with the number given. */
  reload: (through: number) => State;
  config: Config;
  /** Stamped on every record. */
  origin: string;
  now?: () => Now;
  /** Told of everything that is no refusal. */
  onError?: (error: unknown) => void;
}

export class Engine {
  config: Config;
  readonly #journal: EngineJournal;
  readonly #reload: (through: number) => State;
  readonly #origin: string;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #listeners = new Set<(record: StateRecord) => void>();
  #state: State;
  /** A rule failed halfway: what is in memory is not what the journal says. */
  #tainted = false;
  #recovering: Promise<void> | undefined;
  /** Now, on both clocks. */
  readonly now: () => Now;

  constructor({ state, journal, reload, config, origin, now = systemNow, onError }: EngineOptions) {
    this.#state = state;
    this.#journal = journal;
    this.#reload = reload;
    this.config = config;
    this.#origin = origin;
    this.now = now;
    this.#onError = onError;
  }

  /** The state as of now. To be read only, and not kept over a wait: a recovery replaces it. */
  get state(): State {
    return this.#state;
  }

  /** Calls `listener` after each record has been applied. Returns the function that ends it. */
  onRecord(listener: (record: StateRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs a rule and resolves with its answer once what it rests on is on disk.
   *
   * @param options.lazy nobody waits for the sync of the record itself: losing it to a power cut repeats something harmless
   * @throws PawError the rule's refusal, or `storage` if the record could not be made durable; nothing happened then
   */
  async decide<A>(rule: Rule<A>, { lazy = false }: { lazy?: boolean } = {}): Promise<A> {
    if (this.#tainted || this.#recovering || this.#journal.failure) await this.#recover();
    const answer = this.#run(rule, lazy);
    await this.#journal.synced();
    // Marks of mail outlive this process, but not for the price of refusing mail on a full disk.
    if (lazy) await this.#journal.written().catch(() => undefined);
    return answer;
  }

  #run<A>(rule: Rule<A>, lazy: boolean): A {
    const tx = new Transaction(this.#state, this.now(), this.config);
    let answer: A;
    try {
      answer = rule(tx);
      tx.conclude();
    } catch (error) {
      this.#tainted = tx.events.length > 0;
      if (error instanceof PawError && !this.#tainted) throw error;
      this.#onError?.(error);
      throw toPawError(error instanceof PawError ? new Error('a rule refused halfway', { cause: error }) : error);
    }
    if (tx.events.length > 0) this.#append(tx, lazy);
    return answer;
  }

  #append(tx: Transaction, lazy: boolean): void {
    const before = this.#state.record;
    const record: StateRecord = { n: before + 1, at: tx.now.wall, origin: this.#origin, events: tx.events };
    try {
      // Only a journal shared with others can answer `conflict`, and would have this decision made again.
      if (this.#journal.append(before, record, { lazy }) === 'conflict')
        throw new Error(`record ${record.n} is not the next one of the journal`);
    } catch (error) {
      this.#tainted = true;
      throw error;
    }
    this.#state.record = record.n;
    for (const listener of this.#listeners) this.#tell(listener, record);
  }

  /** The record stands, whatever becomes of those who listen. */
  #tell(listener: (record: StateRecord) => void, record: StateRecord): void {
    try {
      listener(record);
    } catch (error) {
      this.#onError?.(error);
    }
  }

  /** Reads the state back from disk; one recovery serves everybody who waits for it. */
  #recover(): Promise<void> {
    this.#recovering ??= this.#readBack().finally(() => {
      this.#recovering = undefined;
    });
    return this.#recovering;
  }

  async #readBack(): Promise<void> {
    // What was decided before the rule failed is sound, and is waited for by its callers.
    if (!this.#journal.failure) await this.#journal.flush().catch(() => undefined);
    const { volatile } = this.#state;
    const through = this.#journal.durable;
    this.#state = { ...this.#reload(through), volatile };
    this.#journal.reopen(through);
    this.#tainted = false;
  }
}

function systemNow(): Now {
  return { wall: Date.now(), mono: performance.now() };
}
