import { closeSync, openSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolderUnusable } from '../errors/storage.ts';
import { errorCode } from '../repository/error-code.ts';
import { createStateFolder } from '../repository/layout.ts';

/** A hint older than this is a leftover, in milliseconds. */
const HINT_FRESH_MS = 2000;
/** A starter that is still at it says so this often, in milliseconds. */
const HINT_TOUCH_MS = 500;

/**
 * A file that says "somebody is starting a coordinator", so that twenty clients at once start one and not
 * twenty. Only a hint: that there is one coordinator in the end is the election's doing.
 */
export class StartHint {
  readonly #stateDir: string;
  readonly #file: string;
  /** When the file was last touched, on the clock of `performance.now()`; undefined while it is not ours. */
  #touchedAt: number | undefined;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.#file = join(stateDir, 'starting');
  }

  /**
   * True if the caller is the one to start a coordinator; false if somebody else is at it.
   * @throws PawError `environment` if the state folder cannot be written, or its disk is full
   */
  take(): boolean {
    createStateFolder(this.#stateDir);
    if (!this.#create()) {
      if (this.#isFresh()) return false;
      rmSync(this.#file, { force: true });
      if (!this.#create()) return false;
    }
    this.#touchedAt = performance.now();
    return true;
  }

  /** Keeps the hint fresh while the start goes on. */
  touch(): void {
    if (this.#touchedAt === undefined || performance.now() - this.#touchedAt < HINT_TOUCH_MS) return;
    this.#touchedAt = performance.now();
    const now = new Date();
    try {
      utimesSync(this.#file, now, now);
    } catch {
      // Removed by somebody who found it stale: the election decides between the two.
    }
  }

  release(): void {
    if (this.#touchedAt === undefined) return;
    this.#touchedAt = undefined;
    rmSync(this.#file, { force: true });
  }

  #create(): boolean {
    try {
      const fd = openSync(this.#file, 'wx', 0o600);
      this.#fill(fd);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw stateFolderUnusable(this.#stateDir, error);
    }
  }

  /** Where a coordinator could write nothing, not even why it ends, none is started. */
  #fill(fd: number): void {
    try {
      writeSync(fd, `${process.pid}\n`);
    } catch (error) {
      rmSync(this.#file, { force: true });
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  #isFresh(): boolean {
    const modified = statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs;
    // Taken both ways: a clock that was set back must not keep a leftover fresh.
    return modified !== undefined && Math.abs(Date.now() - modified) < HINT_FRESH_MS;
  }
}
