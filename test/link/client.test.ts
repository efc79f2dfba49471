import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PawError } from '../../src/errors/paw-error.ts';
import { LinkClient, type LinkClientOptions } from '../../src/link/client.ts';
import { type LinkServer, type Peer, serve } from '../../src/link/serve.ts';
import type { HelloInput } from '../../src/protocol/requests.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { type Office, ownIdentity, takeOffice } from '../../src/repository/election.ts';
import { createStateFolder } from '../../src/repository/layout.ts';
import { poll } from '../../src/tools/poll.ts';
import { NO_TREE } from '../../src/tools/tree.ts';
import { until } from '../harness/until.ts';
import { cleanup, deferred, makePlace, type Place } from './support.ts';

const after = cleanup();
const note = (text: string) => ({ input: { type: 'note' as const, text, to: ['all'] } });

test('hello is said once per connection, before the first of many concurrent requests', async () => {
  const place = await makePlace(after);
  const coordinator = await livingCoordinator(place);
  const client = makeClient(place);
  client.warm();
  await until(() => coordinator.peers.length === 1, { what: 'the connection' });
  expect(coordinator.asked).toEqual([]);
  await Promise.all(Array.from({ length: 10 }, () => client.request('status', {})));
  expect(coordinator.asked).toEqual(['hello', ...Array(10).fill('status')]);
  expect(coordinator.peers).toHaveLength(1);
  expect(client.agentId).toBe('feat');
  expect(client.helloAnswer?.base).toBe('main');
});

test('calls that change something carry an id each, others none, and a given one stays', async () => {
  const place = await makePlace(after);
  const coordinator = await livingCoordinator(place);
  const client = makeClient(place);
  await client.request('publish', note('a'));
  await client.request('publish', note('a'));
  await client.request('publish', { ...note('a'), call: 'mine' });
  await client.request('release', { all: true });
  await client.request('learnings', { record: { category: 'decision', title: 't', body: {} } });
  await client.request('learnings', { query: 'q' });
  await client.request('poll', {});
  const ids = coordinator.params.slice(1).map(({ call }) => call);
  expect(ids).toEqual([
    expect.any(String),
    expect.any(String),
    'mine',
    expect.any(String),
    expect.any(String),
    undefined,
    undefined,
  ]);
  expect(new Set(ids).size).toBe(6);
});

test('a request that loses its connection is made again with the same id', async () => {
  const place = await makePlace(after);
  let losses = 2;
  const coordinator = await livingCoordinator(place, (peer) => {
    if (losses-- > 0) peer.close();
    return { seq: 1, to: [] };
  });
  const client = makeClient(place);
  expect(await client.request('publish', note('a'))).toEqual({ seq: 1, to: [] });
  const sent = coordinator.params.filter((params) => params.input);
  expect(sent).toHaveLength(3);
  expect(new Set(sent.map(({ call }) => call)).size).toBe(1);
  expect(coordinator.asked.filter((method) => method === 'hello')).toHaveLength(3);
});

test('a request for the connection there is starts nothing, and is not made again', async () => {
  const place = await makePlace(after);
  let isLost = false;
  const coordinator = await livingCoordinator(place, (peer) => {
    if (isLost) peer.close();
    return { you: 'feat' };
  });
  const client = makeClient(place);
  expect(await client.requestIfConnected('status', {})).toBeUndefined();
  expect(coordinator.peers).toEqual([]);
  await client.greet();
  expect(await client.requestIfConnected('status', {})).toEqual({ you: 'feat' });
  isLost = true;
  expect(await client.requestIfConnected('status', {})).toBeUndefined();
  expect(coordinator.asked.filter((method) => method === 'status')).toHaveLength(2);
});

test('a refusal is not tried again', async () => {
  const place = await makePlace(after);
  const coordinator = await livingCoordinator(place, () => {
    throw new PawError('unavailable', 'Stopping. Try later.');
  });
  const client = makeClient(place);
  await expect(client.request('publish', note('a'))).rejects.toMatchObject({
    code: 'unavailable',
    message: /Try later/,
  });
  expect(coordinator.asked).toEqual(['hello', 'publish']);
});

test('a connection that does not come back fails the call in time, and the client stays usable', async () => {
  const place = await makePlace(after);
  let broken = true;
  await livingCoordinator(place, (peer) => {
    if (broken) peer.close();
    return {};
  });
  const client = makeClient(place, { waitMaxMs: 200 });
  await expect(client.request('publish', note('a'))).rejects.toMatchObject({
    code: 'unavailable',
    message: /0\.2 s/,
    cause: { name: 'ConnectionLost' },
  });
  broken = false;
  expect(await client.request('publish', note('a'))).toEqual({});
});

test('a coordinator that accepts and never answers hello is given up in time', async () => {
  const place = await makePlace(after);
  await livingCoordinator(place, () => new Promise(() => {}), { silentHello: true });
  const client = makeClient(place, { waitMaxMs: 100 });
  await expect(client.request('status', {})).rejects.toMatchObject({ code: 'unavailable', message: /0\.1 s/ });
});

test('hello is said again to one that is going away, until the next one is there', async () => {
  const place = await makePlace(after);
  let going = 3;
  const coordinator = await livingCoordinator(place, () => ({}), {
    beforeHello: () => {
      if (going-- > 0) throw new PawError('unavailable', 'Stopping.');
    },
  });
  expect(await makeClient(place).request('status', {})).toEqual({});
  expect(coordinator.asked.filter((method) => method === 'hello')).toHaveLength(4);
});

test('another protocol version is refused with what to do', async () => {
  const place = await makePlace(after);
  await livingCoordinator(place, () => ({}), { protocol: PROTOCOL_VERSION + 1 });
  const client = makeClient(place);
  await expect(client.request('status', {})).rejects.toMatchObject({
    code: 'environment',
    message: /This one is older: update/,
  });
});

test('an older coordinator is to be stopped', async () => {
  const place = await makePlace(after);
  await livingCoordinator(place, () => ({}), { protocol: PROTOCOL_VERSION - 1 });
  await expect(makeClient(place).request('status', {})).rejects.toThrow(/run `paw-coordinator stop`/);
});

test('cancelling reaches the handler and leaves no listener', async () => {
  const place = await makePlace(after);
  const handler = deferred<AbortSignal>();
  await livingCoordinator(place, (_peer, signal) => {
    handler.resolve(signal);
    return new Promise(() => {});
  });
  const client = makeClient(place);
  const controller = new AbortController();
  const call = client.request('poll', { wait_seconds: 50 }, { signal: controller.signal });
  const seen = await handler.promise;
  controller.abort(new Error('the user pressed escape'));
  await expect(call).rejects.toThrow('the user pressed escape');
  await until(() => seen.aborted, { what: 'the handler to be told' });
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

test('one that announces its stop answers what was asked before, and is asked nothing more', async () => {
  const place = await makePlace(after);
  const mail = deferred<object>();
  const coordinator = await livingCoordinator(place, () => mail.promise);
  const client = makeClient(place);
  const announced = deferred<unknown>();
  client.onNotification('stopping', announced.resolve);
  const before = client.request('poll', { wait_seconds: 50 });
  await until(() => coordinator.asked.includes('poll'), { what: 'the poll' });
  coordinator.peers[0]?.notify('stopping', {});
  await announced.promise;
  const afterwards = expect(client.request('status', {})).rejects.toThrow(/No coordinator is running/);
  mail.resolve({ unread: 0 });
  expect(await before).toEqual({ unread: 0 });
  coordinator.office.resign();
  await coordinator.server.close();
  await afterwards;
  expect(coordinator.asked).toEqual(['hello', 'poll']);
});

test('a call that waits for a connection can be cancelled, and others go on waiting', async () => {
  const place = await makePlace(after);
  const released = deferred<void>();
  await livingCoordinator(place, () => ({}), { beforeHello: () => released.promise });
  const client = makeClient(place);
  const controller = new AbortController();
  const cancelled = client.request('status', {}, { signal: controller.signal });
  const other = client.request('status', {});
  controller.abort(new Error('enough'));
  await expect(cancelled).rejects.toThrow('enough');
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  released.resolve();
  expect(await other).toEqual({});
});

test('notifications come through on every connection; one without a connection is dropped', async () => {
  const place = await makePlace(after);
  const coordinator = await livingCoordinator(place);
  const client = makeClient(place);
  const seen: unknown[] = [];
  client.onNotification('changed', (params) => seen.push(params));
  client.notify('ack', { batches: [0] });
  for (const n of [1, 2]) {
    await client.request('status', {});
    coordinator.peers.at(-1)?.notify('changed', { n });
    await until(() => seen.length === n, { what: 'the notification' });
    client.notify('ack', { batches: [n] });
    await until(() => coordinator.acks.length === n, { what: 'the acknowledgement' });
    coordinator.peers.at(-1)?.close();
    await coordinator.peers.at(-1)?.closed;
  }
  expect(coordinator.acks).toEqual([{ batches: [1] }, { batches: [2] }]);
});

test('closing fails what is under way and everything later, and leaves no listener', async () => {
  const place = await makePlace(after);
  await livingCoordinator(place, () => new Promise(() => {}));
  const controller = new AbortController();
  const client = makeClient(place, { signal: controller.signal });
  await client.greet();
  const open = client.request('status', {});
  const failed = expect(open).rejects.toMatchObject({ code: 'unavailable', message: /session has ended/ });
  await client.close();
  await failed;
  await expect(client.request('status', {})).rejects.toThrow(/session has ended/);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

test('the signal given at the start closes the client', async () => {
  const place = await makePlace(after);
  const coordinator = await livingCoordinator(place);
  const controller = new AbortController();
  const client = makeClient(place, { signal: controller.signal });
  await client.greet();
  controller.abort();
  await coordinator.peers[0]?.closed;
  await expect(client.request('status', {})).rejects.toThrow(/session has ended/);
});

test('a failed warm-up is met again by the next call, and forgotten when it is gone', async () => {
  const place = await makePlace(after);
  const client = makeClient(place);
  client.warm();
  await expect(client.request('status', {})).rejects.toMatchObject({
    code: 'unavailable',
    message: /No coordinator is running/,
  });
  await livingCoordinator(place);
  expect(await client.request('status', {})).toEqual({});
});

interface Coordinator {
  server: LinkServer;
  office: Office;
  peers: Peer[];
  asked: string[];
  params: { call?: string; input?: object }[];
  acks: unknown[];
}

test.each([true, false])(
  'a cancelled poll is withdrawn before its mail is taken back; greeted before: %s',
  async (isGreeted) => {
    const place = await makePlace(after);
    const happened: string[] = [];
    const coordinator = await livingCoordinator(place, (_peer, signal) => {
      happened.push('poll');
      signal.addEventListener('abort', () => happened.push('withdrawn'));
      return new Promise(() => {});
    });
    const client = makeClient(place);
    if (isGreeted) await client.greet();
    const cancel = new AbortController();
    const takeBack = (call: string): void => void client.request('drop', { call }).catch(() => {});
    const context = { client, tree: NO_TREE, signal: cancel.signal, handOut: () => {}, takeBack };
    const polled = expect(poll.handler({ wait_seconds: 50 }, context)).rejects.toThrow();
    await until(() => happened.length === 1, { what: 'the poll' });
    coordinator.peers[0]?.onRequest('drop', async () => happened.push('taken back'));
    cancel.abort();
    await polled;
    await until(() => happened.length === 3, { what: 'both' });
    expect(happened).toEqual(['poll', 'withdrawn', 'taken back']);
  },
);

interface Manner {
  protocol?: number;
  silentHello?: boolean;
  beforeHello?: () => unknown;
}

/** A coordinator within this process. */
async function livingCoordinator(
  place: Place,
  answer: (peer: Peer, signal: AbortSignal) => unknown = () => ({}),
  { protocol = PROTOCOL_VERSION, silentHello = false, beforeHello }: Manner = {},
): Promise<Coordinator> {
  createStateFolder(place.stateDir);
  const socket = join(place.sandbox.root, 's.sock');
  const office = await takeOffice(place.stateDir, () => ({ ...ownIdentity(), socket }));
  const seen: Omit<Coordinator, 'server' | 'office'> = { peers: [], asked: [], params: [], acks: [] };
  const server = await serve({
    path: socket,
    onPeer: (peer) => {
      seen.peers.push(peer);
      peer.onNotification('ack', (params) => seen.acks.push(params));
      const handle = (method: string, act: (signal: AbortSignal) => unknown): void =>
        peer.onRequest(method, async (params, { signal }) => {
          seen.asked.push(method);
          seen.params.push(params as Coordinator['params'][number]);
          return act(signal);
        });
      handle('hello', async () => {
        await beforeHello?.();
        if (silentHello) await new Promise(() => {});
        return { protocol, version: '0', agent_id: 'feat', role: 'agent', base: 'main' };
      });
      for (const method of ['status', 'publish', 'release', 'learnings', 'poll'])
        handle(method, (signal) => answer(peer, signal));
    },
  });
  after(() => server.close());
  return { ...seen, server, office };
}

function makeClient(place: Place, other: Partial<LinkClientOptions> = {}): LinkClient {
  const hello: HelloInput = { protocol: PROTOCOL_VERSION, kind: 'agent', session: 'session-1', pid: process.pid };
  const { stateDir, commonDir } = place;
  const client = new LinkClient({ stateDir, commonDir, hello: () => hello, mayStart: 'never', ...other });
  after(() => client.close());
  return client;
}
