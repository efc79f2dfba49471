import { connectionLost } from '../errors/link.ts';
import type { HelloAnswer } from '../protocol/answers.ts';
import type { Calls, Method } from '../protocol/calls.ts';
import { RECONNECT_MAX_MS } from '../protocol/limits.ts';
import { abortable, Backoff } from './abortable.ts';
import type { NotificationHandler } from './channel.ts';
import { Session, type SessionOptions } from './session.ts';
import { ConnectionLost } from './wire-errors.ts';

/** Calls of this process so far: their idempotency ids need to differ within one session, which is one process's. */
let calls = 0;

export interface LinkClientOptions extends SessionOptions {
  /** Closes the client when aborted. */
  signal?: AbortSignal;
}

/**
 * The link to the repository's coordinator as its users see it: a call finds or starts the coordinator, says
 * `hello` once per connection, and outlives a crash of the coordinator without being carried out twice.
 */
export class LinkClient {
  readonly #session: Session;
  readonly #waitMaxMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.close();

  constructor({ signal, ...options }: LinkClientOptions) {
    this.#session = new Session(options);
    this.#waitMaxMs = options.waitMaxMs ?? RECONNECT_MAX_MS;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
  }

  /** The id the coordinator gave in the last handshake; undefined before it. */
  get agentId(): string | undefined {
    return this.#session.answer?.agent_id;
  }

  /** The coordinator's answer to the last `hello`. */
  get helloAnswer(): HelloAnswer | undefined {
    return this.#session.answer;
  }

  /**
   * Connects in the background, starting a coordinator if that is allowed, and does not say `hello` yet. If
   * it fails, the next call tries again and meets the same failure, or finds it gone.
   */
  warm(): void {
    this.#session.connected().catch(ignore);
  }

  /** Says `hello` now and not with the first request, so that the coordinator knows this client. */
  async greet({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    await abortable(this.#session.greeted(), signal);
  }

  /**
   * Makes a request and returns its answer. If the connection is lost, the same request with the same
   * idempotency id is made on the next one, for up to `waitMaxMs`.
   *
   * Rejects with the `PawError` of the refusal, which is never tried again; with a `PawError` that says why
   * there is no coordinator; or with the reason of `signal`, after which the coordinator drops the request.
   */
  async request<M extends Method>(
    method: M,
    params: Calls[M]['params'],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Calls[M]['answer']> {
    const sent = withCallId(method, params);
    const backoff = new Backoff();
    let deadline: number | undefined;
    for (;;) {
      signal?.throwIfAborted();
      const channel = this.#session.current ?? (await abortable(this.#session.greeted(), signal));
      const sentAt = performance.now();
      try {
        return (await channel.request(method, sent, signal)) as Calls[M]['answer'];
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        const now = performance.now();
        // A connection that held for long earns the call, such as a long wait, its full time again.
        if (deadline === undefined || now - sentAt >= this.#waitMaxMs) deadline = now + this.#waitMaxMs;
        if (now >= deadline) throw connectionLost(this.#waitMaxMs, error);
      }
      await backoff.pause(signal);
    }
  }

  /**
   * Makes a request on the connection there is. Resolves with undefined if there is none, or it ends before the answer:
   * nothing is started, and nothing tried again. Rejects as `request`.
   */
  async requestIfConnected<M extends Method>(
    method: M,
    params: Calls[M]['params'],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Calls[M]['answer'] | undefined> {
    try {
      return (await this.#session.current?.request(method, withCallId(method, params), signal)) as Calls[M]['answer'];
    } catch (error) {
      if (error instanceof ConnectionLost) return undefined;
      throw error;
    }
  }

  /** Sends a notification on the current connection; without one it is dropped. */
  notify(method: string, params: object): void {
    this.#session.current?.notify(method, params);
  }

  /** Sets the handler of a notification, for this connection and all later ones. */
  onNotification(method: string, handler: NotificationHandler): void {
    this.#session.onNotification(method, handler);
  }

  /** Ends the connection; calls under way and later ones fail. */
  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    await this.#session.close();
  }
}

/** Calls that change something carry an id, by which a second try is told from a second call. */
function withCallId(method: Method, params: object): object {
  if (!changesState(method, params) || ('call' in params && params.call !== undefined)) return params;
  calls += 1;
  return { ...params, call: calls.toString(36) };
}

function changesState(method: Method, params: object): boolean {
  switch (method) {
    case 'publish':
    case 'claim':
    case 'release':
    case 'take':
    case 'finish':
      return true;
    case 'work':
      return !('action' in params) || (params.action !== 'list' && params.action !== 'show');
    case 'learnings':
      return 'record' in params && params.record !== undefined;
    default:
      return false;
  }
}

function ignore(): void {}
