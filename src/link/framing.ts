import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { frameTooLarge, malformedFrame } from '../errors/link.ts';
import type { PawError } from '../errors/paw-error.ts';
import { lineOf, type Message, parseMessage } from './json-rpc.ts';
import { LineBuffer } from './line-buffer.ts';

/** The most bytes of a UTF-16 code unit in UTF-8: lets most messages be passed without counting their bytes. */
const UTF8_MAX_BYTES_PER_UNIT = 3;

export interface ReaderOptions {
  /** Longest line, in bytes. */
  maxBytes: number;
  /** Takes one message. */
  onMessage: (message: Message) => void;
  /** Told of the first line that is too long or no message. */
  onDefect: (error: PawError) => void;
}

/**
 * Reads one JSON-RPC message a line from a socket.
 *
 * Requests and notifications are handed on one per turn of the event loop, and the socket rests meanwhile: a flood
 * waits in the operating system, not in this process. After the first defect the rest is discarded.
 */
export class LineReader {
  readonly #socket: Socket;
  readonly #lines: LineBuffer;
  readonly #options: ReaderOptions;
  #reading = true;
  #later: NodeJS.Immediate | undefined;

  constructor(socket: Socket, options: ReaderOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#lines = new LineBuffer(options.maxBytes);
    socket.on('data', this.#onData);
  }

  /** Hands on nothing more. */
  stop(): void {
    this.#reading = false;
    this.#socket.off('data', this.#onData);
    this.#lines.clear();
    clearImmediate(this.#later);
  }

  readonly #onData = (chunk: Buffer): void => {
    let start = 0;
    while (this.#reading && start < chunk.length) {
      const found = this.#lines.next(chunk, start);
      if (found === 'partial') return;
      if (found === 'too-long') {
        this.#fail(frameTooLarge(this.#lines.maxBytes));
        return;
      }
      start = found.end;
      if (this.#hand(found.line) === 'asked' && start < chunk.length) {
        this.#readLater(chunk.subarray(start));
        return;
      }
    }
  };

  /** Puts `rest` back into the socket, so that the socket does not count as ended before it was read. */
  #readLater(rest: Buffer): void {
    this.#socket.pause();
    this.#socket.unshift(rest);
    this.#later = setImmediate(() => this.#socket.resume());
  }

  /** Hands one line on. What the other side asks may wait a turn; an answer settles a call of ours at once. */
  #hand(line: string): 'asked' | 'answered' | 'nothing' {
    if (line.trim() === '') return 'nothing';
    let message: Message;
    try {
      message = parseMessage(line);
    } catch (error) {
      this.#fail(malformedFrame(error instanceof Error ? error.message : String(error)));
      return 'nothing';
    }
    this.#options.onMessage(message);
    return 'method' in message ? 'asked' : 'answered';
  }

  #fail(error: PawError): void {
    this.#reading = false;
    this.#lines.clear();
    this.#options.onDefect(error);
  }
}

export interface WriterOptions {
  /** Longest line, in bytes. */
  maxBytes: number;
  /** Above this many bytes that the other side has not taken, the next write calls `onSlow` instead. */
  unsentMaxBytes: number;
  onSlow: () => void;
}

/** Writes one JSON-RPC message a line, in one write each. After the socket has ended, messages are dropped. */
export class LineWriter {
  readonly #socket: Socket;
  readonly #options: WriterOptions;

  constructor(socket: Socket, options: WriterOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** @throws PawError `invalid` if the message is too large; nothing was written then */
  write(message: Message): void {
    const { maxBytes, unsentMaxBytes, onSlow } = this.#options;
    if (!this.#socket.writable) return;
    if (this.#socket.writableLength > unsentMaxBytes) {
      onSlow();
      return;
    }
    const line = lineOf(message);
    if (line.length * UTF8_MAX_BYTES_PER_UNIT > maxBytes) {
      const bytes = Buffer.byteLength(line);
      if (bytes > maxBytes) throw frameTooLarge(maxBytes, bytes);
    }
    this.#socket.write(`${line}\n`);
  }
}
