import { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;
/** Size a buffer starts with, and above which it is given back after a line, in bytes. */
const SMALL_BYTES = 64 * 1024;

/**
 * Cuts a stream of bytes into lines. Holds at most `maxBytes` of an unfinished line, in one buffer that
 * doubles, so that even a line that arrives byte by byte costs linear time and no more than twice its size.
 */
export class LineBuffer {
  #held: Buffer | undefined;
  #length = 0;

  constructor(readonly maxBytes: number) {}

  /**
   * Reads the next line of `chunk` from `from` on, or keeps what is left of the chunk.
   * Returns the line without its newline and where the next one begins; `'partial'` if the chunk ends
   * before the line does; `'too-long'` if the line has passed the limit.
   */
  next(chunk: Buffer, from: number): { line: string; end: number } | 'partial' | 'too-long' {
    const newline = chunk.indexOf(NEWLINE, from);
    const end = newline === -1 ? chunk.length : newline;
    if (this.#length + end - from > this.maxBytes) {
      this.clear();
      return 'too-long';
    }
    if (newline === -1) {
      this.#hold(chunk, from);
      return 'partial';
    }
    return { line: this.#complete(chunk, from, end), end: newline + 1 };
  }

  /** Forgets an unfinished line. */
  clear(): void {
    this.#held = undefined;
    this.#length = 0;
  }

  /** Decoding waits for the whole line: a character may be spread over two chunks. */
  #complete(chunk: Buffer, from: number, end: number): string {
    if (this.#length === 0) return chunk.toString('utf8', from, end);
    const held = this.#hold(chunk, from, end);
    const line = held.toString('utf8', 0, this.#length);
    this.#length = 0;
    if (held.length > SMALL_BYTES) this.#held = undefined;
    return line;
  }

  #hold(chunk: Buffer, from: number, end: number = chunk.length): Buffer {
    const needed = this.#length + end - from;
    const held = this.#roomFor(needed);
    chunk.copy(held, this.#length, from, end);
    this.#length = needed;
    return held;
  }

  #roomFor(bytes: number): Buffer {
    const old = this.#held;
    if (old && old.length >= bytes) return old;
    const grown = Buffer.allocUnsafeSlow(Math.max(SMALL_BYTES, bytes, (old?.length ?? 0) * 2));
    old?.copy(grown, 0, 0, this.#length);
    this.#held = grown;
    return grown;
  }
}
