import { expect, test } from 'vitest';
import { attend } from '../../src/coordinator/peers.ts';
import type { Channel } from '../../src/link/channel.ts';
import { connectOnce } from '../../src/link/connect.ts';
import { ConnectionLost } from '../../src/link/wire-errors.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { until } from '../harness/until.ts';
import { cleanup, connectedPair } from '../link/support.ts';
import { deskOf, memoryEngine } from './office.ts';

/* Calls that wait for a claim, over real sockets: what becomes of a place in the queue when a call ends early. */

const after = cleanup();
const CLAIM = { targets: [{ path: 'src' }], wait_seconds: 50 };

/** A coordinator without a disk, and connections to it. */
async function serving() {
  const engine = memoryEngine();
  const closing = new AbortController();
  after(() => closing.abort());
  const { signal } = closing;
  const desk = deskOf(engine, signal);
  const controls = { stop: () => {}, keep: () => {}, stopping: false };
  const { path } = await connectedPair(after, (peer) => attend(peer, desk, controls));
  const join = async (agent: string): Promise<Channel> => {
    const channel = await connectOnce(path);
    after(() => channel.close());
    const session = `session-of-${agent}`;
    await channel.request('hello', { protocol: PROTOCOL_VERSION, kind: 'agent', session, pid: process.pid, agent });
    return channel;
  };
  const waiting = (agent: string) => [...engine.state.waits.values()].some((wait) => wait.agent === agent);
  const isAttended = () => [...engine.state.volatile.leases.waits.values()].some(({ calls }) => calls > 0);
  return { join, waiting, isAttended };
}

test('a call that loses its connection keeps its place, and is granted when it is made again', async () => {
  const { join, waiting, isAttended } = await serving();
  const [a, b, c] = [await join('a'), await join('b'), await join('c')];
  await a.request('claim', CLAIM);
  const lost = expect(b.request('claim', CLAIM)).rejects.toBeInstanceOf(ConnectionLost);
  await until(() => waiting('b'), { what: 'b to wait' });
  b.close();
  await lost;
  await until(() => !isAttended(), { what: 'the lost connection to be noticed' });
  await a.request('release', { all: true });
  expect(await c.request('claim', { ...CLAIM, wait_seconds: 0 })).toMatchObject({
    granted: false,
    blocked_by: [{ path: 'src', holder: 'b', waiting: true }],
  });
  expect(await (await join('b')).request('claim', CLAIM)).toMatchObject({ granted: true });
});

test('a call that is cancelled gives its place up at once', async () => {
  const { join, waiting } = await serving();
  const [a, b, c] = [await join('a'), await join('b'), await join('c')];
  await a.request('claim', CLAIM);
  const cancel = new AbortController();
  const cancelled = expect(b.request('claim', CLAIM, cancel.signal)).rejects.toThrow('escape');
  await until(() => waiting('b'), { what: 'b to wait' });
  cancel.abort(new Error('escape'));
  await cancelled;
  await until(() => !waiting('b'), { what: 'the place to be free' });
  await a.request('release', { all: true });
  expect(await c.request('claim', { ...CLAIM, wait_seconds: 0 })).toMatchObject({ granted: true });
});
