import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** How large the file gets before a new one is begun, in bytes; with the one before it 1 MB is kept. */
const FILE_MAX_BYTES = 512 * 1024;
const PRIVATE = 0o600;

/** The whole output of an item's newest run, in `output.log`; the oldest part of a long one goes. */
export class OutputLog {
  readonly #file: string;
  readonly #before: string;
  #fd: number | undefined;
  #bytes = 0;

  /** @param folder where the files are kept; what an earlier run has left there is moved to `output.before.log` */
  constructor(folder: string) {
    this.#file = join(folder, 'output.log');
    this.#before = join(folder, 'output.before.log');
    this.#begin();
  }

  write(chunk: Buffer): void {
    if (this.#fd === undefined) return;
    try {
      if (this.#bytes + chunk.length > FILE_MAX_BYTES) this.#begin();
      writeSync(this.#fd, chunk.subarray(-FILE_MAX_BYTES));
      this.#bytes += chunk.length;
    } catch {
      // A full disk is no reason to end the run.
      this.close();
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #begin(): void {
    this.close();
    try {
      renameSync(this.#file, this.#before);
    } catch {
      // There is none yet.
    }
    this.#fd = openSync(this.#file, 'w', PRIVATE);
    this.#bytes = 0;
  }
}
