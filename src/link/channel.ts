import type { Socket } from 'node:net';
import {
  type CancellationToken,
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  type ResponseError,
} from 'vscode-jsonrpc/node';
import { requestCancelled, tooManyRequests, unknownMethod } from '../errors/link.ts';
import type { PawError } from '../errors/paw-error.ts';
import { LineReader, LineWriter } from './framing.ts';
import { ConnectionLost, fromWire, toWire } from './wire-errors.ts';

/** Requests of the other side that may be under way at once on one connection. */
export const REQUESTS_MAX = 1000;
/** A side that leaves this many bytes unread is disconnected. */
export const UNSENT_MAX_BYTES = 8 * 1024 * 1024;
/** How long the other side has to take the last bytes and close too, in milliseconds. */
export const CLOSE_GRACE_MS = 1000;
/**
 * With any bound the library settles answers at once instead of in a later turn of the event loop.
 * The bound that counts is `REQUESTS_MAX`.
 */
const PARALLELISM = Number.MAX_SAFE_INTEGER;

/** Answers one request. Rejects with a `PawError` to refuse it. */
export type RequestHandler = (params: unknown, context: { signal: AbortSignal }) => Promise<unknown>;
/** Takes one notification. */
export type NotificationHandler = (params: unknown) => void;

export interface ChannelLimits {
  /** Longest line to accept and to send, in bytes. */
  readMaxBytes: number;
  writeMaxBytes: number;
  /** Bytes the other side may leave unread; `UNSENT_MAX_BYTES` unless a test says otherwise. */
  unsentMaxBytes?: number;
}

let channels = 0;

/** One end of an open connection: requests and notifications in both directions. */
export class Channel {
  /** A number of its own within this process. */
  readonly id = ++channels;
  /** Resolves, with the reason in words, once the connection has ended. Never rejects. */
  readonly closed: Promise<string>;
  readonly #socket: Socket;
  readonly #rpc: MessageConnection;
  readonly #requests = new Map<string, RequestHandler>();
  readonly #notifications = new Map<string, NotificationHandler>();
  #otherNotifications: ((method: string, params: unknown) => void) | undefined;
  readonly #running = new Set<AbortController>();
  #why: string | undefined;
  #isClosed = false;

  constructor(socket: Socket, { readMaxBytes, writeMaxBytes, unsentMaxBytes = UNSENT_MAX_BYTES }: ChannelLimits) {
    this.#socket = socket;
    const reader = new LineReader(socket, readMaxBytes, (error) => this.#refuseStream(error));
    const writer = new LineWriter(socket, writeMaxBytes, unsentMaxBytes, () =>
      this.#cut('it does not read what it is sent'),
    );
    this.#rpc = createMessageConnection(reader, writer, undefined, { maxParallelism: PARALLELISM });
    this.#rpc.onRequest((method, params, token) => this.#answer(method, params, token));
    this.#rpc.onNotification((method, params) => this.#notify(method, params));
    this.#rpc.listen();
    socket.on('error', (error) => {
      this.#why ??= error.message;
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve(this.#end()));
    });
  }

  /** True once no request can be made any more. */
  get isClosed(): boolean {
    return this.#isClosed || !this.#socket.writable;
  }

  /**
   * Makes a request. Rejects with the `PawError` of the refusal, with `ConnectionLost`, or, as soon as
   * `signal` is aborted, with its reason; the other side is then told to stop.
   */
  request(method: string, params: object, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.isClosed) throw new ConnectionLost(this.#why ?? 'the connection is closed');
      const source = signal && new CancellationTokenSource();
      const answer = source
        ? this.#rpc.sendRequest(method, params, source.token)
        : this.#rpc.sendRequest(method, params);
      const onAbort = (): void => {
        source?.cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      answer
        .then(resolve, (error) => reject(fromWire(error)))
        .finally(() => signal?.removeEventListener('abort', onAbort));
    });
  }

  /** Sends a notification; it is dropped if the connection has ended. */
  notify(method: string, params: object): void {
    if (this.isClosed) return;
    this.#rpc.sendNotification(method, params).catch(ignore);
  }

  /** Sets the handler of a request. Its signal is aborted when the request is cancelled or the connection ends. */
  onRequest(method: string, handler: RequestHandler): void {
    this.#requests.set(method, handler);
  }

  /** Sets the handler of a notification. */
  onNotification(method: string, handler: NotificationHandler): void {
    this.#notifications.set(method, handler);
  }

  /** Sets the handler of all notifications that have none of their own; without it they are ignored. */
  onOtherNotifications(handler: (method: string, params: unknown) => void): void {
    this.#otherNotifications = handler;
  }

  /** Ends the connection after what was written has been sent. `why` is what `closed` resolves with. */
  close(why = 'closed by this side'): void {
    if (this.#isClosed) return;
    this.#why ??= why;
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_GRACE_MS).unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  async #answer(method: string, params: unknown, token: CancellationToken): Promise<unknown | ResponseError<unknown>> {
    const handler = this.#requests.get(method);
    if (!handler) return toWire(unknownMethod(method));
    if (this.#running.size >= REQUESTS_MAX) return toWire(tooManyRequests(REQUESTS_MAX));
    const controller = new AbortController();
    const cancel = (): void => controller.abort(requestCancelled());
    if (token.isCancellationRequested) cancel();
    const listening = token.onCancellationRequested(cancel);
    this.#running.add(controller);
    try {
      return await handler(params, { signal: controller.signal });
    } catch (error) {
      return toWire(error);
    } finally {
      listening.dispose();
      this.#running.delete(controller);
    }
  }

  #notify(method: string, params: unknown): void {
    const handler = this.#notifications.get(method);
    if (handler) handler(params);
    else this.#otherNotifications?.(method, params);
  }

  /** After a line that is no message nothing that follows can be trusted: says why, then ends. */
  #refuseStream(error: PawError): void {
    this.#socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: null, error: streamError(error) })}\n`);
    this.close(error.message);
  }

  #cut(why: string): void {
    this.#why ??= why;
    this.#socket.destroy();
  }

  #end(): string {
    this.#isClosed = true;
    this.#rpc.dispose();
    for (const controller of this.#running) controller.abort(new ConnectionLost('the caller has disconnected'));
    return this.#why ?? 'closed by the other side';
  }
}

function streamError(error: PawError): object {
  return { ...toWire(error).toJson(), code: ErrorCodes.ParseError };
}

function ignore(): void {}
