import type { Workplace } from '../../src/agent/session.ts';
import type { Calls, Method } from '../../src/protocol/calls.ts';
import { fakeTree } from '../tools/fakes.ts';

/** Answers one request; `signal` is that of the call. */
export type Answerer = (method: Method, params: object, signal: AbortSignal) => Promise<object> | object;

/** A session in a repository whose coordinator is a function. Notes in order what it was told. */
export class FakeSession {
  /** `poll`, `ack 3`, `begin`, `meet NAME`. */
  readonly told: string[] = [];
  /** Idempotency ids of polls that were cancelled. */
  readonly takenBack: string[] = [];
  readonly #answer: Answerer;
  readonly unreadCount: number;

  constructor(answer: Answerer = () => ({}), unreadCount = 0) {
    this.#answer = answer;
    this.unreadCount = unreadCount;
  }

  async workplace(): Promise<Workplace> {
    const request = async <M extends Method>(
      method: M,
      params: Calls[M]['params'],
      { signal }: { signal: AbortSignal },
    ): Promise<Calls[M]['answer']> => {
      this.told.push(method);
      return (await this.#answer(method, params, signal)) as Calls[M]['answer'];
    };
    const notify = (method: string, params: object): void => void this.told.push(`${method} ${JSON.stringify(params)}`);
    const link = { request, warm: () => {}, greet: async () => {}, notify, close: async () => {} };
    return { link, tree: fakeTree() };
  }

  async unread(): Promise<number> {
    return this.unreadCount;
  }

  acknowledge(batches: number[]): void {
    this.told.push(`ack ${batches.join(',')}`);
  }

  takeBack(call: string): void {
    this.takenBack.push(call);
  }

  meet(client: string): void {
    this.told.push(`meet ${client}`);
  }

  begin(): void {
    this.told.push('begin');
  }
}
