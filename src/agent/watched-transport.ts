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

/** A transport that behaves as the inner one and tells an observer of its messages. */
export class WatchedTransport implements Transport {
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: (<T extends JSONRPCMessage>(message: T, extra?: MessageExtraInfo) => void) | undefined;
  readonly #inner: Transport;
  readonly #observer: TrafficObserver;

  constructor(inner: Transport, observer: TrafficObserver) {
    this.#inner = inner;
    this.#observer = observer;
  }

  start(): Promise<void> {
    this.#inner.onclose = () => {
      this.onclose?.();
      this.#observer.closed();
    };
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onmessage = (message, extra) => {
      this.#observe(message);
      this.onmessage?.(message, extra);
    };
    return this.#inner.start();
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    await this.#inner.send(message, options);
    if (!('method' in message) && message.id !== undefined) this.#observer.responded(message.id);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #observe(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    if ('id' in message) {
      this.#observer.request(message);
      return;
    }
    const id = message.method === 'notifications/cancelled' ? message.params?.requestId : undefined;
    if (typeof id === 'string' || typeof id === 'number') this.#observer.cancelled(id);
    this.#observer.notification(message);
  }
}
