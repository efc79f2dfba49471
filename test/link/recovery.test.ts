import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LinkClient, type LinkClientOptions } from '../../src/link/client.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { until } from '../harness/until.ts';
import { cleanup, makePlace, type Note, type Place, standInCoordinator } from './support.ts';

/** The client against coordinators in processes of their own, which crash and stop. */

const after = cleanup();
const coordinator = standInCoordinator();
const note = (text: string) => ({ input: { type: 'note' as const, text, to: ['all'] } });

test('a call under way at a kill -9 is made again at the next coordinator, with the same id', async () => {
  const place = await makePlace(after);
  const client = await makeClient(place);
  const call = client.request('publish', note('hang once'));
  const first = await until(() => noted(place, 'publish')[0], { what: 'the first try' });
  process.kill(first.pid, 'SIGKILL');
  expect(await call).toEqual({ seq: 1, to: [] });
  const [, second] = noted(place, 'publish');
  expect(second?.pid).not.toBe(first.pid);
  expect(second?.params).toEqual(first.params);
  expect(noted(place, 'hello').map(({ params }) => params?.session)).toEqual(['session-1', 'session-1']);
});

test('after a crash the connection comes back by itself, with a new hello', async () => {
  const place = await makePlace(after);
  const client = await makeClient(place, { mayStart: 'always' });
  const before = Number((await client.request('status', {})).version);
  process.kill(before, 'SIGKILL');
  await until(() => noted(place, 'hello').length === 2, { what: 'the second hello' });
  expect(noted(place, 'hello')[1]?.pid).not.toBe(before);
});

test('after an orderly stop nothing starts until the next call', async () => {
  const place = await makePlace(after);
  const client = await makeClient(place);
  let stopping = false;
  client.onNotification('stopping', () => {
    stopping = true;
  });
  const before = Number((await client.request('status', {})).version);
  await client.request('stop', {});
  await until(() => stopping && !runs(before), { what: 'the coordinator to end' });
  // Who starts one leaves this file first.
  expect(existsSync(join(place.stateDir, 'starting'))).toBe(false);
  expect(noted(place, 'start')).toHaveLength(1);
  expect(Number((await client.request('status', {})).version)).not.toBe(before);
  expect(noted(place, 'start')).toHaveLength(2);
});

test('a call made while the coordinator stops is answered by the next one', async () => {
  const place = await makePlace(after);
  const client = await makeClient(place);
  const before = (await client.request('status', {})).version;
  const stopped = new Promise((resolve) => client.onNotification('stopping', resolve));
  process.kill(Number(before), 'SIGTERM');
  await stopped;
  expect((await client.request('status', {})).version).not.toBe(before);
});

test('ten clients that lose their coordinator end up with one new one', async () => {
  const place = await makePlace(after);
  const clients = await Promise.all(Array.from({ length: 10 }, () => makeClient(place)));
  const before = await Promise.all(clients.map((client) => client.request('status', {})));
  process.kill(Number(before[0]?.version), 'SIGKILL');
  const afterwards = await Promise.all(clients.map((client) => client.request('status', {})));
  const pids = new Set(afterwards.map(({ version }) => version));
  expect(pids.size).toBe(1);
  expect(pids).not.toContain(before[0]?.version);
});

async function makeClient(place: Place, other: Partial<LinkClientOptions> = {}): Promise<LinkClient> {
  const { stateDir, commonDir } = place;
  const client = new LinkClient({
    stateDir,
    commonDir,
    hello: () => ({ protocol: PROTOCOL_VERSION, kind: 'agent', session: 'session-1', pid: process.pid }),
    mayStart: 'always',
    cliPath: await coordinator(),
    ...other,
  });
  after(() => client.close());
  return client;
}

function noted(place: Place, event: string): Note[] {
  return place.notes().filter((each) => each.event === event);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
