import type { Readable, Writable } from 'node:stream';
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/server';
import { LineBuffer } from '../link/line-buffer.ts';
import { isPlainCall } from './plain-call.ts';

/** Longest message that is read, in bytes; the SDK's own bound. */
const MESSAGE_MAX_BYTES = 10 * 1024 * 1024;

/**
 * MCP over stdin and stdout, one message a line. It stands for the SDK's own transport, which looks at every message
 * with schemas; here that is left out for requests of which a look at their keys tells as much.
 *
 * The end of stdin closes it. A line that is no JSON is passed over, one that is no message is reported.
 */
export class StdioLines implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #lines = new LineBuffer(MESSAGE_MAX_BYTES);
  #isClosed = false;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  async start(): Promise<void> {
    this.#input
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('close', this.#onEnd)
      .on('error', this.#onInputError);
    this.#output.on('error', this.#onOutputError);
    if (this.#input.readableEnded || this.#input.destroyed) setImmediate(this.#onEnd);
  }

  /** Resolves once the message was handed to the operating system. */
  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw new Error('The client has gone.');
      this.#output.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('close', this.#onEnd)
      .off('error', this.#onInputError)
      .pause();
    this.#lines.clear();
    // The output keeps its listener: a write may still fail, and nobody is left to be told.
    this.onclose?.();
  }

  readonly #onData = (chunk: Buffer): void => {
    for (let start = 0; start < chunk.length && !this.#isClosed; ) {
      const found = this.#lines.next(chunk, start);
      if (found === 'partial') return;
      if (found === 'too-long') {
        this.onerror?.(new Error(`A message is longer than ${MESSAGE_MAX_BYTES} bytes.`));
        this.#onEnd();
        return;
      }
      start = found.end;
      this.#take(found.line);
    }
  };

  readonly #onEnd = (): void => void this.close();
  readonly #onInputError = (error: Error): void => this.onerror?.(error);
  readonly #onOutputError = (error: Error): void => {
    if (this.#isClosed) return;
    this.onerror?.(error);
    this.#onEnd();
  };

  #take(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return;
    }
    try {
      this.onmessage?.(isPlainCall(value) ? value : parseJSONRPCMessage(value));
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
