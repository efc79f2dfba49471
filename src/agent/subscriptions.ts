import type { McpServer, RequestId } from '@modelcontextprotocol/server';
import { toPawError } from '../errors/paw-error.ts';
import { changedSchema, type View } from '../protocol/views.ts';
import { requireResource, uriOf, viewAt } from './resources.ts';
import type { AgentSession } from './session.ts';

/** A client is told of a resource at most this often, in milliseconds. */
export const UPDATED_EVERY_MS = 200;

/** The subscriber of a client of 2025, which has one list for its connection. */
const CONNECTION = Symbol('connection');
/** A client of 2026 has one for each `subscriptions/listen` that is open. */
type Subscriber = RequestId | typeof CONNECTION;

/**
 * Which resources the client wants to hear of, in both generations of the protocol, and what it is told.
 *
 *     coordinator ──changed──▶ due ──at most every 200 ms──▶ notifications/resources/updated
 *
 * The coordinator is asked to tell of exactly the views that somebody subscribes to, and asked again on each new
 * connection to it. Without subscribers there is no request, no listener and no timer.
 */
export class Subscriptions {
  readonly #session: Pick<AgentSession, 'workplace'>;
  readonly #subscribers = new Map<Subscriber, ReadonlySet<View>>();
  /** Requests under way to be told of a view. */
  readonly #asking = new Map<View, Promise<void>>();
  /** Connections to coordinators so far. */
  #connections = 0;
  readonly #due = new Set<View>();
  readonly #closing = new AbortController();
  /** Runs for as long as the client is not to be told again. */
  #pause: NodeJS.Timeout | undefined;
  #tell: (uri: string) => Promise<void> = () => Promise.resolve();

  constructor(session: Pick<AgentSession, 'workplace'>) {
    this.#session = session;
  }

  /** Sets how the client is told; the newest server of a connection is the one that lives. */
  tellBy(tell: (uri: string) => Promise<void>): void {
    this.#tell = tell;
  }

  /**
   * A client of 2025 subscribes; resolves once changes are told of.
   *
   * @throws PawError if the coordinator cannot be reached; nothing is subscribed to then
   */
  async subscribe(view: View): Promise<void> {
    const before = this.#subscribers.get(CONNECTION) ?? new Set();
    this.#subscribers.set(CONNECTION, new Set([...before, view]));
    try {
      await this.#ask(view);
    } catch (error) {
      if (!before.has(view)) this.unsubscribe(view);
      throw error;
    }
  }

  /** A client of 2025 unsubscribes. */
  unsubscribe(view: View): void {
    const left = new Set(this.#subscribers.get(CONNECTION));
    if (!left.delete(view)) return;
    this.#replace(CONNECTION, left);
  }

  /** A client of 2026 has begun to listen to these addresses; those of nothing that changes are passed over. */
  listen(request: RequestId, uris: readonly string[]): void {
    const views = new Set(uris.flatMap((uri) => viewAt(uri) ?? []));
    this.#replace(request, views);
    // A failure is made good when the coordinator is met again.
    for (const view of views) this.#ask(view).catch(ignore);
  }

  /** A client of 2026 listens no longer, or was refused. */
  end(request: RequestId): void {
    if (this.#subscribers.has(request)) this.#replace(request, new Set());
  }

  /** A connection to the coordinator is new, and knows of no subscription. */
  greeted(): void {
    const before = this.#connections;
    this.#connections += 1;
    for (const view of this.#wanted()) this.#ask(view, before).catch(ignore);
  }

  /** The coordinator has told of changes. */
  changed(params: unknown): void {
    const { data } = changedSchema.safeParse(params);
    if (data) this.#changed(data.views);
  }

  /** Ends everything; nobody is told anything from now on. */
  close(): void {
    this.#closing.abort();
    this.#subscribers.clear();
    this.#due.clear();
    clearTimeout(this.#pause);
  }

  #wanted(): Set<View> {
    return new Set([...this.#subscribers.values()].flatMap((views) => [...views]));
  }

  #replace(subscriber: Subscriber, views: ReadonlySet<View>): void {
    const before = this.#wanted();
    if (views.size === 0) this.#subscribers.delete(subscriber);
    else this.#subscribers.set(subscriber, views);
    const after = this.#wanted();
    for (const view of before) {
      if (after.has(view)) continue;
      this.#due.delete(view);
      this.#dropUnwanted(view);
    }
  }

  /**
   * Asks the coordinator to tell of a view; a request that is under way serves everybody. If the answer comes on a
   * later connection than `known`, what happened in between is not known, and the client is told to look.
   */
  #ask(view: View, known = Math.max(this.#connections, 1)): Promise<void> {
    let asked = this.#asking.get(view);
    if (asked === undefined) {
      asked = this.#request(view, known).finally(() => this.#asking.delete(view));
      this.#asking.set(view, asked);
    }
    return asked;
  }

  async #request(view: View, known: number): Promise<void> {
    const { link } = await this.#session.workplace();
    await link.request('subscribe', { view }, { signal: this.#closing.signal });
    // The last subscriber may have gone meanwhile.
    this.#dropUnwanted(view);
    if (this.#connections > known) this.#changed([view]);
  }

  /** Has the coordinator tell of a view no more, if nobody wants it. */
  #dropUnwanted(view: View): void {
    this.#session
      .workplace()
      .then(({ link }) => this.#wanted().has(view) || link.notify('unsubscribe', { view }))
      .catch(ignore);
  }

  #changed(views: readonly View[]): void {
    const wanted = this.#wanted();
    for (const view of views) if (wanted.has(view)) this.#due.add(view);
    if (this.#pause === undefined) this.#flush();
  }

  #flush(): void {
    this.#pause = undefined;
    if (this.#due.size === 0) return;
    // A client that is gone is noticed by its transport.
    for (const view of this.#due) this.#tell(uriOf(view)).catch(ignore);
    this.#due.clear();
    this.#pause = setTimeout(() => this.#flush(), UPDATED_EVERY_MS).unref();
  }
}

/** Lets clients of 2025 subscribe; what a client of 2026 listens to is seen in the traffic. */
export function addSubscriptions({ server }: McpServer, subscriptions: Subscriptions): void {
  subscriptions.tellBy((uri) => server.sendResourceUpdated({ uri }));
  server.setRequestHandler('resources/subscribe', async ({ params: { uri } }) => {
    requireResource(uri);
    const view = viewAt(uri);
    try {
      if (view !== undefined) await subscriptions.subscribe(view);
    } catch (error) {
      throw toPawError(error);
    }
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', ({ params: { uri } }) => {
    const view = viewAt(uri);
    if (view !== undefined) subscriptions.unsubscribe(view);
    return {};
  });
}

function ignore(): void {}
