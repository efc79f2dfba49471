import type {
  JSONRPCMessage,
  MessageExtraInfo,
  RequestId,
  Transport,
  TransportSendOptions,
} from '@modelcontextprotocol/server';

/** What is told of the messages that pass, before they are handled. */
export interface TrafficObserver {
  /** A request has arrived. */
  request(message: { id: RequestId; method: string; params?: unknown }): void;
  /** A notification has arrived. */
  notification(message: { method: string; params?: unknown }): void;
  /** The client has cancelled a request. */
  cancelled(id: RequestId): void;
  /** The response to a request was written out. */
  responded(id: RequestId): void;
  /** Nothing more will pass. */
  closed(): void;
}

/** What answers requests before the SDK sees them. */
export interface Shortcut {
  /** Takes a message, or leaves it to the SDK. */
  take(message: JSONRPCMessage): 'taken' | 'left';
  /** A message of the SDK is on its way to the client. */
  passed(message: JSONRPCMessage): void;
  /** The client has cancelled a request. */
  cancelled(id: RequestId): void;
  /** Nothing more will pass. */
  close(): void;
}

/** A transport that behaves as the inner one, tells an observer of its messages, and lets some take a shortcut. */
export class WatchedTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: (<T extends JSONRPCMessage>(message: T, extra?: MessageExtraInfo) => void) | undefined;
  readonly #inner: Transport;
  readonly #observer: TrafficObserver;
  readonly #shortcut: Shortcut;

  /** @param shortcut made with what writes a message to the client */
  constructor(
    inner: Transport,
    observer: TrafficObserver,
    shortcut: (send: (message: JSONRPCMessage) => Promise<void>) => Shortcut,
  ) {
    this.#inner = inner;
    this.#observer = observer;
    this.#shortcut = shortcut((message) => this.#write(message));
  }

  start(): Promise<void> {
    this.#inner.onclose = () => {
      this.#shortcut.close();
      this.onclose?.();
      this.#observer.closed();
    };
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onmessage = (message, extra) => {
      this.#observe(message);
      if (this.#shortcut.take(message) === 'left') this.onmessage?.(message, extra);
    };
    return this.#inner.start();
  }

  send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    this.#shortcut.passed(message);
    return this.#write(message, options);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #write(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    await this.#inner.send(message, options);
    if (!('method' in message) && message.id !== undefined) this.#observer.responded(message.id);
  }

  #observe(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    if ('id' in message) {
      this.#observer.request(message);
      return;
    }
    const id = message.method === 'notifications/cancelled' ? message.params?.requestId : undefined;
    if (typeof id === 'string' || typeof id === 'number') {
      this.#observer.cancelled(id);
      this.#shortcut.cancelled(id);
    }
    this.#observer.notification(message);
  }
}
