import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  InMemoryTransport,
  type JSONRPCMessage,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { afterEach, describe, expect, test } from 'vitest';
import { Delivery } from '../../src/agent/delivery.ts';
import { DirectCalls } from '../../src/agent/direct-calls.ts';
import { createServer } from '../../src/agent/server.ts';
import { Subscriptions } from '../../src/agent/subscriptions.ts';
import { watchTraffic } from '../../src/agent/traffic.ts';
import { type Shortcut, WatchedTransport } from '../../src/agent/watched-transport.ts';
import { PawError } from '../../src/errors/paw-error.ts';
import { until } from '../harness/until.ts';
import { type Answerer, FakeSession } from './fake-session.ts';

const ENVELOPE = {
  [PROTOCOL_VERSION_META_KEY]: '2026-07-28',
  [CLIENT_INFO_META_KEY]: { name: 'raw', version: '1' },
  [CLIENT_CAPABILITIES_META_KEY]: {},
};
const NO_SHORTCUT: Shortcut = { take: () => 'left', passed: () => {}, cancelled: () => {}, close: () => {} };

type Raw = Record<string, unknown>;

/** A client that sends what it likes, and a server whose direct calls are counted. */
class Wire {
  readonly session: FakeSession;
  readonly received: Raw[] = [];
  /** Ids of the calls that went past the SDK. */
  readonly direct: unknown[] = [];
  readonly #client: InMemoryTransport;
  readonly #served: { close(): Promise<void> };

  constructor(isDirect: boolean, answer?: Answerer) {
    this.session = new FakeSession(answer);
    const [client, server] = InMemoryTransport.createLinkedPair();
    this.#client = client;
    client.onmessage = (message) => void this.received.push(message as unknown as Raw);
    const parts = { session: this.session, delivery: new Delivery(this.session) };
    const subscriptions = new Subscriptions(this.session);
    const observer = watchTraffic(this.session, parts.delivery, subscriptions, () => {});
    const shortcut = (send: (message: JSONRPCMessage) => Promise<void>): Shortcut => {
      const calls = new DirectCalls(parts, send);
      return {
        take: (message) => {
          const taken = calls.take(message);
          if (taken === 'taken' && 'id' in message) this.direct.push(message.id);
          return taken;
        },
        passed: (message) => calls.passed(message),
        cancelled: (id) => calls.cancelled(id),
        close: () => calls.close(),
      };
    };
    const transport = new WatchedTransport(server, observer, isDirect ? shortcut : () => NO_SHORTCUT);
    this.#served = serveStdio(() => createServer({ ...parts, role: 'agent', subscriptions }), { transport });
  }

  send(message: Raw): Promise<void> {
    return this.#client.send({ jsonrpc: '2.0', ...message } as unknown as JSONRPCMessage);
  }

  /** Sends a request and waits for what it is answered. */
  async ask(message: Raw): Promise<Raw> {
    await this.send(message);
    return until(() => this.received.find(({ id }) => id === message.id), { what: `the answer to ${message.id}` });
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#served.close();
  }
}

const wires: Wire[] = [];
afterEach(async () => {
  for (const wire of wires.splice(0)) await wire.close();
});

const ERAS: Record<'legacy' | 'modern', { meta: { _meta?: Raw }; opening: Raw }> = {
  legacy: {
    meta: {},
    opening: {
      id: 0,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
    },
  },
  modern: { meta: { _meta: ENVELOPE }, opening: { id: 0, method: 'server/discover', params: { _meta: ENVELOPE } } },
};

describe.each(['legacy', 'modern'] as const)('a connection of the %s era', (era) => {
  const { meta, opening } = ERAS[era];

  async function open(isDirect = true, answer?: Answerer): Promise<Wire> {
    const wire = new Wire(isDirect, answer);
    wires.push(wire);
    await wire.ask(opening);
    if (era === 'legacy') await wire.send({ method: 'notifications/initialized' });
    return wire;
  }
  const call = (id: unknown, name: string, args?: unknown, more: Raw = {}): Raw => ({
    id,
    method: 'tools/call',
    params: { ...meta, name, ...(args === undefined ? {} : { arguments: args }), ...more },
  });

  test('has its first call answered by the SDK, and those like it directly', async () => {
    const wire = await open();
    for (const id of [1, 2, 'three']) await wire.ask(call(id, 'status', {}));
    expect(wire.direct).toEqual([2, 'three']);
  });

  test('reads the same answers as without the shortcut, whatever it sends', async () => {
    const answer: Answerer = (method) => {
      if (method === 'release') throw new PawError('refused', 'Held by feat-api.');
      return { you: 'a', text: 'zwölf \u2028 \u{1f469}' };
    };
    const wires = [await open(true, answer), await open(false, answer)] as const;
    const sent = [
      call(1, 'status', {}),
      call(2, 'status', {}),
      call(3, 'status'),
      call(4, 'release', { all: true }),
      call(5, 'publish', { type: 'nonsense' }),
      call(6, 'dance', {}),
      call(7, 'status', []),
      call(8, 'status', null),
      call(9, 'status', {}, { task: { ttl: 1 } }),
      call(10, 'status', {}, { _meta: { ...meta._meta, progressToken: 'p', traceparent: '00-1-2-03' } }),
      call(12, 'status', {}, { _meta: ERAS[era === 'legacy' ? 'modern' : 'legacy'].meta._meta }),
      { id: 13, method: 'tools/call', params: { ...meta } },
      { id: 14, method: 'tools/call', params: { name: 'status' } },
      call('fifteen', 'status', { detail: 'full' }),
    ];
    for (const message of sent) for (const wire of wires) await wire.ask(message);
    expect(wires[0].received).toEqual(wires[1].received);
    expect(wires[0].direct).toEqual(
      expect.arrayContaining(era === 'legacy' ? [2, 3, 4, 5, 10, 14, 'fifteen'] : [2, 3, 4, 5, 10, 'fifteen']),
    );
    expect(wires[0].direct).toHaveLength(era === 'legacy' ? 7 : 6);
  });

  test('learns nothing from a first call that the SDK refuses or the client cancels', async () => {
    let calls = 0;
    const wire = await open(true, (_method, _params, signal) => {
      calls += 1;
      if (calls > 1) return {};
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    // Without its envelope a call of 2026 is none.
    if (era === 'modern') await wire.ask({ id: 'list', method: 'tools/list', params: meta });
    if (era === 'modern') expect(await wire.ask(call(1, 'status', {}, { _meta: {} }))).toHaveProperty('error');
    await wire.send(call(2, 'status', {}));
    await until(() => calls === 1, { what: 'the call to be made' });
    await wire.send({ method: 'notifications/cancelled', params: { requestId: 2 } });
    await wire.ask(call(3, 'status', {}));
    await wire.ask(call(4, 'status', {}));
    expect(wire.direct).toEqual([4]);
  });

  test('is not answered when it has cancelled a direct call, nor when it is gone', async () => {
    const waiting: AbortSignal[] = [];
    const wire = await open(true, (method, _params, signal) => {
      if (method !== 'poll') return {};
      waiting.push(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await wire.ask(call(1, 'status', {}));
    for (const id of [2, 3]) await wire.send(call(id, 'poll', { wait_seconds: 50 }));
    await until(() => waiting.length === 2, { what: 'both polls to wait' });
    await wire.send({ method: 'notifications/cancelled', params: { requestId: 2 } });
    await until(() => wire.session.takenBack.length === 1, { what: 'the cancelled poll to be taken back' });
    await wire.ask(call(4, 'status', {}));
    expect(waiting.map(({ aborted }) => aborted)).toEqual([true, false]);
    await wire.close();
    await until(() => waiting.every(({ aborted }) => aborted), { what: 'the other poll to be aborted' });
    expect(wire.direct).toEqual([2, 3, 4]);
    expect(wire.received.map(({ id }) => id)).toEqual([0, 1, 4]);
  });

  test('that uses the id of a direct call under way again is answered by the SDK', async () => {
    const finish: (() => void)[] = [];
    const wire = await open(true, (method) =>
      method === 'poll' ? new Promise((resolve) => finish.push(() => resolve({ messages: [] }))) : {},
    );
    await wire.ask(call(1, 'status', {}));
    await wire.send(call(2, 'poll', { wait_seconds: 50 }));
    await until(() => finish.length === 1, { what: 'the poll to wait' });
    await wire.ask(call(2, 'status', {}));
    expect(wire.direct).toEqual([2]);
    finish[0]?.();
    await until(() => wire.received.filter(({ id }) => id === 2).length === 2, { what: 'both answers' });
  });
});
