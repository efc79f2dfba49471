import type { Socket } from 'node:net';
import { malformedFrame, requestCancelled, tooManyRequests, unknownMethod } from '../errors/link.ts';
import { type PawError, toPawError } from '../errors/paw-error.ts';
import { LineReader, LineWriter } from './framing.ts';
import {
  type Answer,
  CANCEL,
  cancelled,
  isRequest,
  type Message,
  type Notification,
  PARSE_ERROR,
  type Request,
  type RequestId,
} from './json-rpc.ts';
import { ConnectionLost, fromWire, toWire } from './wire-errors.ts';

/** Requests of the other side that may be under way at once on one connection. */
export const REQUESTS_MAX = 1000;
/** A side that leaves this many bytes unread is disconnected. */
export const UNSENT_MAX_BYTES = 8 * 1024 * 1024;
/** How long the other side has to take the last bytes and close too, in milliseconds. */
export const CLOSE_GRACE_MS = 1000;

/** What the handler of a request may need beside its parameters. */
export interface RequestContext {
  /** Aborted when the request is cancelled or the connection ends. Made when it is first asked for. */
  readonly signal: AbortSignal;
}

/** Answers one request. Rejects with a `PawError` to refuse it. */
export type RequestHandler = (params: unknown, context: RequestContext) => Promise<unknown>;
/** Takes one notification. */
export type NotificationHandler = (params: unknown) => void;

export interface ChannelLimits {
  /** Longest line to accept and to send, in bytes. */
  readMaxBytes: number;
  writeMaxBytes: number;
  /** Bytes the other side may leave unread; `UNSENT_MAX_BYTES` unless a test says otherwise. */
  unsentMaxBytes?: number;
}

/** A request of ours that has no answer yet. */
interface Pending {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

let channels = 0;

/** One end of an open connection: JSON-RPC requests and notifications in both directions. */
export class Channel {
  /** A number of its own within this process. */
  readonly id = ++channels;
  /** Resolves, with the reason in words, once the connection has ended. Never rejects. */
  readonly closed: Promise<string>;
  readonly #socket: Socket;
  readonly #reader: LineReader;
  readonly #writer: LineWriter;
  readonly #requests = new Map<string, RequestHandler>();
  readonly #notifications = new Map<string, NotificationHandler>();
  #otherNotifications: ((method: string, params: unknown) => void) | undefined;
  readonly #pending = new Map<RequestId, Pending>();
  #lastId = 0;
  /** Requests of the other side that are under way. */
  readonly #running = new Map<RequestId, AbortController>();
  #why: string | undefined;
  #isClosed = false;

  constructor(socket: Socket, { readMaxBytes, writeMaxBytes, unsentMaxBytes = UNSENT_MAX_BYTES }: ChannelLimits) {
    this.#socket = socket;
    this.#writer = new LineWriter(socket, {
      maxBytes: writeMaxBytes,
      unsentMaxBytes,
      onSlow: () => this.#cut('it does not read what it is sent'),
    });
    this.#reader = new LineReader(socket, {
      maxBytes: readMaxBytes,
      onMessage: (message) => this.#take(message),
      onDefect: (error) => this.#refuseStream(error),
    });
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
      this.#lastId += 1;
      const id = this.#lastId;
      this.#writer.write({ id, method, params });
      if (signal === undefined) {
        this.#pending.set(id, { resolve, reject });
        return;
      }
      const onAbort = (): void => {
        this.#pending.delete(id);
        this.notify(CANCEL, { id });
        reject(signal.reason);
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          signal.removeEventListener('abort', onAbort);
          settle(value);
        };
      this.#pending.set(id, { resolve: settled(resolve), reject: settled(reject) });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Sends a notification; it is dropped if the connection has ended, or if it is too large. */
  notify(method: string, params: object): void {
    if (this.isClosed) return;
    try {
      this.#writer.write({ method, params });
    } catch {
      // Nobody waits for a notification.
    }
  }

  /** Sets the handler of a request. */
  onRequest(method: string, handler: RequestHandler): void {
    this.#requests.set(method, handler);
  }

  /** Sets the handler of a notification. One that throws ends the connection. */
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

  #take(message: Message): void {
    if (!('method' in message)) this.#settle(message);
    else if (isRequest(message)) void this.#answer(message);
    else this.#hear(message);
  }

  /** An answer to nothing that was asked is passed over: the call may have been withdrawn meanwhile. */
  #settle(answer: Answer): void {
    if (answer.id === null) return;
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('error' in answer) pending?.reject(fromWire(answer.error));
    else pending?.resolve(answer.result);
  }

  async #answer({ id, method, params }: Request): Promise<void> {
    const handler = this.#requests.get(method);
    if (!handler) {
      this.#reply({ id, error: toWire(unknownMethod(method)) });
      return;
    }
    if (this.#running.size >= REQUESTS_MAX) {
      this.#reply({ id, error: toWire(tooManyRequests(REQUESTS_MAX)) });
      return;
    }
    if (this.#running.has(id)) {
      this.#refuseStream(malformedFrame('its id is that of a request under way'));
      return;
    }
    const controller = new AbortController();
    this.#running.set(id, controller);
    let answer: Answer;
    try {
      // Asking for a signal makes one, and most requests need none.
      const context = {
        get signal() {
          return controller.signal;
        },
      };
      answer = { id, result: (await handler(params, context)) ?? null };
    } catch (error) {
      answer = { id, error: toWire(error) };
    }
    this.#running.delete(id);
    this.#reply(answer);
  }

  #reply(answer: Answer): void {
    try {
      this.#writer.write(answer);
    } catch (error) {
      this.#writer.write({ id: answer.id, error: toWire(error) });
    }
  }

  #hear({ method, params }: Notification): void {
    if (method === CANCEL) {
      const id = cancelled(params);
      if (id !== undefined) this.#running.get(id)?.abort(requestCancelled());
      return;
    }
    try {
      const handler = this.#notifications.get(method);
      if (handler) handler(params);
      else this.#otherNotifications?.(method, params);
    } catch (error) {
      this.#refuseStream(toPawError(error));
    }
  }

  /** After a line that is no message nothing that follows can be trusted: says why, then ends. */
  #refuseStream(error: PawError): void {
    this.#reader.stop();
    this.#writer.write({ id: null, error: { ...toWire(error), code: PARSE_ERROR } });
    // What still arrives is not kept.
    this.#socket.resume();
    this.close(error.message);
  }

  #cut(why: string): void {
    this.#why ??= why;
    this.#socket.destroy();
  }

  #end(): string {
    this.#isClosed = true;
    this.#reader.stop();
    for (const { reject } of this.#pending.values())
      reject(new ConnectionLost('the connection was closed before the answer'));
    this.#pending.clear();
    for (const controller of this.#running.values())
      controller.abort(new ConnectionLost('the caller has disconnected'));
    return this.#why ?? 'closed by the other side';
  }
}
