/** Records that share one write and one sync. */
export class Batch {
  readonly #lines: string[] = [];
  /** Settles when the records are on disk or refused. */
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** It holds a record somebody waits for. */
  hurried = false;
  /** It must be written now. */
  due = false;

  /** @param first number of its first record */
  constructor(readonly first: number) {
    let resolveDone = (): void => {};
    let rejectDone = (_error: Error): void => {};
    this.done = new Promise<void>((resolve, reject) => {
      resolveDone = resolve;
      rejectDone = reject;
    });
    this.resolve = resolveDone;
    this.reject = rejectDone;
    // Whoever waits is told; a batch of lazy records has nobody who waits.
    this.done.catch(() => {});
  }

  add(line: string): void {
    this.#lines.push(line);
  }

  get records(): number {
    return this.#lines.length;
  }

  /** Number of its last record. */
  get last(): number {
    return this.first + this.#lines.length - 1;
  }

  bytes(): Buffer {
    return Buffer.from(this.#lines.join(''));
  }
}
