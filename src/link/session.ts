import { linkClosed, notReached, otherProtocol } from '../errors/link.ts';
import { PawError } from '../errors/paw-error.ts';
import type { HelloAnswer } from '../protocol/answers.ts';
import { RECONNECT_MAX_MS } from '../protocol/limits.ts';
import type { HelloInput } from '../protocol/requests.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { readHighest } from '../repository/election.ts';
import { Backoff, within } from './abortable.ts';
import type { Channel, NotificationHandler } from './channel.ts';
import { connectOrStart } from './start.ts';
import { ConnectionLost } from './wire-errors.ts';

/** Without a call, a lost connection is made again at most this often, in milliseconds. */
const COME_BACK_EVERY_MS = 1000;
/** The notification with which a coordinator announces its orderly stop. */
export const STOPPING = 'stopping';

export interface SessionOptions {
  stateDir: string;
  commonDir: string;
  /** Who this is; asked anew for every connection. */
  hello: () => HelloInput | Promise<HelloInput>;
  /** Whether a coordinator is started if none runs. */
  mayStart: 'always' | 'never';
  /** The bound on finding, starting and greeting, in milliseconds; `RECONNECT_MAX_MS` by default. */
  waitMaxMs?: number;
  /** Called after every handshake, before any request: the place to subscribe again. */
  onHello?: (answer: HelloAnswer) => void;
  /** The program and the further arguments with which a coordinator is started. */
  cliPath?: string;
  args?: readonly string[];
}

/**
 * Keeps at most one connection to the coordinator, with exactly one `hello` on each.
 *
 *     none ──connected()──▶ open ──greeted()──▶ greeted
 *      ▲                     │                     │
 *      └── `stopping`, or the connection ends ◀────┘
 *
 * After a crash the connection is made again at once. After `stopping` no coordinator is started until the next
 * call; one that somebody else starts is joined.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #waitMaxMs: number;
  readonly #closing = new AbortController();
  readonly #notifications = new Map<string, NotificationHandler>();
  #open: Channel | undefined;
  #greeted: Channel | undefined;
  /** Has announced its stop, still answers what was asked before. */
  #leaving: Channel | undefined;
  #connecting: Promise<Channel> | undefined;
  #greeting: Promise<Channel> | undefined;
  #answer: HelloAnswer | undefined;
  #crashed = false;
  /** When a lost connection was last made again without a call, on the clock of `performance.now()`. */
  #cameBackAt = Number.NEGATIVE_INFINITY;
  #comeBackTimer: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#waitMaxMs = options.waitMaxMs ?? RECONNECT_MAX_MS;
  }

  /** What the coordinator answered to the last `hello`. */
  get answer(): HelloAnswer | undefined {
    return this.#answer;
  }

  /** The connection on which requests can be made now, if there is one. */
  get current(): Channel | undefined {
    return this.#greeted?.isClosed ? undefined : this.#greeted;
  }

  onNotification(method: string, handler: NotificationHandler): void {
    this.#notifications.set(method, handler);
  }

  /** An open connection, shared by all callers; made if there is none. */
  connected(): Promise<Channel> {
    if (this.#open && !this.#open.isClosed) return Promise.resolve(this.#open);
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  /** An open connection on which `hello` was answered, shared by all callers. */
  greeted(): Promise<Channel> {
    if (this.current) return Promise.resolve(this.current);
    this.#greeting ??= this.#greet().finally(() => {
      this.#greeting = undefined;
    });
    return this.#greeting;
  }

  /** Ends the connection and everything that waits for one. */
  async close(): Promise<void> {
    clearTimeout(this.#comeBackTimer);
    if (!this.#closing.signal.aborted) this.#closing.abort(linkClosed());
    const channels = [this.#open, this.#leaving].filter((channel) => channel !== undefined);
    for (const channel of channels) channel.close();
    await Promise.allSettled([this.#connecting, this.#greeting, ...channels.map((channel) => channel.closed)]);
  }

  async #connect(): Promise<Channel> {
    const { stateDir, commonDir, mayStart, cliPath, args } = this.#options;
    const signal = this.#closing.signal;
    signal.throwIfAborted();
    await this.#untilGone();
    const { channel } = await connectOrStart({
      stateDir,
      commonDir,
      ifAbsent: mayStart === 'always' ? 'start' : this.#crashed ? 'wait' : 'fail',
      maxMs: this.#waitMaxMs,
      signal,
      ...(cliPath !== undefined && { cliPath }),
      ...(args && { args }),
    });
    if (signal.aborted) channel.close();
    signal.throwIfAborted();
    this.#adopt(channel);
    return channel;
  }

  /** The last connection ends first: a coordinator that is stopping takes no new one. */
  async #untilGone(): Promise<void> {
    const last = this.#leaving ?? this.#open;
    if (!last) return;
    const timedOut = () => notReached(this.#waitMaxMs, new Error('the last one is stopping and has not ended yet'));
    await within({ ms: this.#waitMaxMs, outer: this.#closing.signal, timedOut }, () => last.closed);
  }

  #adopt(channel: Channel): void {
    this.#open = channel;
    this.#crashed = false;
    channel.onOtherNotifications((method, params) => {
      if (method === STOPPING) this.#retire(channel);
      this.#notifications.get(method)?.(params);
    });
    void channel.closed.then(() => this.#ended(channel));
  }

  #retire(channel: Channel): void {
    this.#forget(channel);
    this.#leaving = channel;
  }

  #forget(channel: Channel): void {
    if (this.#open === channel) this.#open = undefined;
    if (this.#greeted === channel) this.#greeted = undefined;
  }

  #ended(channel: Channel): void {
    const wasLeaving = this.#leaving === channel;
    if (wasLeaving) this.#leaving = undefined;
    if (this.#open !== channel && !wasLeaving) return;
    this.#forget(channel);
    this.#crashed = !wasLeaving && !this.#hasStopped();
    this.#comeBack();
  }

  /**
   * Makes the connection again: after a crash at once, after an orderly stop as soon as somebody else has started
   * the next coordinator. Tries at most once in a while, until it is there or a call has made it.
   */
  #comeBack(): void {
    clearTimeout(this.#comeBackTimer);
    if (this.#closing.signal.aborted || this.#open) return;
    const pause = Math.max(0, this.#cameBackAt + COME_BACK_EVERY_MS - performance.now());
    this.#comeBackTimer = setTimeout(() => {
      this.#cameBackAt = performance.now();
      if (this.#hasStopped()) this.#comeBack();
      else (this.#answer ? this.greeted() : this.connected()).catch(() => this.#comeBack());
    }, pause).unref();
  }

  /** The announcement may have been lost with the connection; the election then still tells. */
  #hasStopped(): boolean {
    try {
      return readHighest(this.#options.stateDir)?.holder.stopped === true;
    } catch {
      return false;
    }
  }

  async #greet(): Promise<Channel> {
    const deadline = performance.now() + this.#waitMaxMs;
    const backoff = new Backoff();
    for (;;) {
      const channel = await this.connected();
      try {
        await this.#hello(channel, deadline);
        return channel;
      } catch (error) {
        this.#forget(channel);
        channel.close();
        if (!isPassing(error)) throw error;
        if (performance.now() >= deadline) throw error instanceof PawError ? error : notReached(this.#waitMaxMs, error);
      }
      await backoff.pause(this.#closing.signal);
    }
  }

  async #hello(channel: Channel, deadline: number): Promise<void> {
    const timedOut = () => notReached(this.#waitMaxMs, new Error('it accepts connections and does not answer'));
    const ms = deadline - performance.now();
    await within({ ms, outer: this.#closing.signal, timedOut }, async (signal) => {
      const answer = (await channel.request('hello', await this.#options.hello(), signal)) as HelloAnswer;
      if (answer.protocol !== PROTOCOL_VERSION) {
        throw otherProtocol({ ours: PROTOCOL_VERSION, theirs: answer.protocol, who: 'client' });
      }
      if (this.#open !== channel) throw new ConnectionLost('the coordinator is going away');
      this.#answer = answer;
      this.#greeted = channel;
      this.#options.onHello?.(answer);
    });
  }
}

/** Whether another try may go better: the coordinator has gone, or is going, and the next one may come. */
function isPassing(error: unknown): boolean {
  return error instanceof ConnectionLost || (error instanceof PawError && error.code === 'unavailable');
}
