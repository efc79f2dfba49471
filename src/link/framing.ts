import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/node';
import { frameTooLarge, malformedFrame } from '../errors/link.ts';
import type { PawError } from '../errors/paw-error.ts';
import { LineBuffer } from './line-buffer.ts';
import { toWire } from './wire-errors.ts';

/** The most bytes of a UTF-16 code unit in UTF-8: lets most messages be passed without counting their bytes. */
const UTF8_MAX_BYTES_PER_UNIT = 3;

/**
 * Reads one JSON-RPC message a line from a socket.
 *
 * Requests and notifications are handed on one per turn of the event loop, as fast as the library takes them,
 * and the socket rests meanwhile: a flood waits in the operating system, not in this process.
 * The first line that is too long or no message ends the reading: `onDefect` is told, the rest is discarded.
 */
export class LineReader extends AbstractMessageReader implements MessageReader {
  readonly #lines: LineBuffer;
  #deliver: DataCallback | undefined;
  #later: NodeJS.Immediate | undefined;

  constructor(
    readonly socket: Socket,
    maxBytes: number,
    readonly onDefect: (error: PawError) => void,
  ) {
    super();
    this.#lines = new LineBuffer(maxBytes);
  }

  override listen(deliver: DataCallback): Disposable {
    this.#deliver = deliver;
    this.socket.on('data', this.#onData);
    return { dispose: () => this.#stop() };
  }

  override dispose(): void {
    this.#stop();
    super.dispose();
  }

  readonly #onData = (chunk: Buffer): void => {
    let start = 0;
    while (this.#deliver && start < chunk.length) {
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
    this.socket.pause();
    this.socket.unshift(rest);
    this.#later = setImmediate(() => this.socket.resume());
  }

  /** Hands one line on. An answer settles a call of ours at once; what the other side asks is queued. */
  #hand(line: string): 'asked' | 'answered' | 'nothing' {
    if (line.trim() === '') return 'nothing';
    try {
      const message = parseMessage(line);
      this.#deliver?.(message);
      return 'method' in message ? 'asked' : 'answered';
    } catch (error) {
      this.#fail(malformedFrame(error instanceof Error ? error.message : String(error)));
      return 'nothing';
    }
  }

  #fail(error: PawError): void {
    this.#deliver = undefined;
    this.#lines.clear();
    this.onDefect(error);
  }

  #stop(): void {
    this.#deliver = undefined;
    this.socket.off('data', this.#onData);
    this.#lines.clear();
    clearImmediate(this.#later);
  }
}

/**
 * Writes one JSON-RPC message a line, in one write each. Rejects for one reason: the message is too large.
 * After the socket has ended, messages are dropped; closing the connection settles what waited for them.
 */
export class LineWriter extends AbstractMessageWriter implements MessageWriter {
  /**
   * @param maxUnsentBytes above this many bytes that the other side has not taken, the next write calls
   * `onSlow` instead.
   */
  constructor(
    readonly socket: Socket,
    readonly maxBytes: number,
    readonly maxUnsentBytes: number,
    readonly onSlow: () => void,
  ) {
    super();
  }

  async write(message: Message): Promise<void> {
    if (!this.socket.writable) return;
    if (this.socket.writableLength > this.maxUnsentBytes) {
      this.onSlow();
      return;
    }
    const line = JSON.stringify(message);
    if (line.length * UTF8_MAX_BYTES_PER_UNIT > this.maxBytes) {
      const bytes = Buffer.byteLength(line);
      if (bytes > this.maxBytes) throw toWire(frameTooLarge(this.maxBytes, bytes));
    }
    this.socket.write(`${line}\n`);
  }

  end(): void {
    this.socket.end();
  }
}

/** Lets only through what the library can take: it trusts what it is given. */
function parseMessage(line: string): Message {
  const message = JSON.parse(line) as Message;
  const known = Message.isRequest(message) || Message.isNotification(message) || Message.isResponse(message);
  if (!known || message.jsonrpc !== '2.0') throw new Error('it is no request, notification or response of version 2.0');
  return message;
}
