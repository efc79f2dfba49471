import type { LinkClient } from '../../src/link/client.ts';
import type { Calls, Method } from '../../src/protocol/calls.ts';

/** A link whose answers a test gives; what was asked is kept in order. */
export class FakeLink implements Pick<LinkClient, 'request' | 'notify' | 'close'> {
  readonly asked: { method: Method; params: object }[] = [];
  readonly told: string[] = [];
  isClosed = false;
  readonly #handlers = new Map<string, (params: object) => unknown>();

  /** Answers a method from now on; an error that is returned is the refusal. A promise is waited for. */
  on<M extends Method>(method: M, handler: (params: Calls[M]['params']) => unknown): void {
    this.#handlers.set(method, handler as (params: object) => unknown);
  }

  count(method: Method): number {
    return this.asked.filter((call) => call.method === method).length;
  }

  async request<M extends Method>(
    method: M,
    params: Calls[M]['params'],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Calls[M]['answer']> {
    signal?.throwIfAborted();
    this.asked.push({ method, params });
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const answer = await Promise.race([this.#handlers.get(method)?.(params), aborted]);
    if (answer instanceof Error) throw answer;
    return answer as Calls[M]['answer'];
  }

  notify(method: string): void {
    this.told.push(method);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** An answer that does not come. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
