import { describe, expect, test } from 'vitest';
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
  const itemWaits = () => engine.state.volatile.itemWaits.size;
  const isAttended = () => [...engine.state.volatile.leases.waits.values()].some(({ calls }) => calls > 0);
  return { join, waiting, itemWaits, isAttended };
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

describe('a circle of which one side waits for a work item', () => {
  const BUILD = { names: ['build'] };
  const ITEM = { work: 'w1', wait_seconds: 50 };

  /** `a` holds the item and `b` the name that each of them then wants. */
  async function entangled() {
    const served = await serving();
    const [a, b] = [await served.join('a'), await served.join('b')];
    await a.request('work', { action: 'add', title: 'x', stage: 'current' });
    await a.request('claim', { work: 'w1' });
    await b.request('claim', BUILD);
    return { ...served, a, b };
  }

  test('is refused to whoever waits for the item last', async () => {
    const { a, b, waiting, itemWaits } = await entangled();
    const granted = a.request('claim', { ...BUILD, wait_seconds: 50 });
    await until(() => waiting('a'), { what: 'a to wait' });
    await expect(b.request('claim', ITEM)).rejects.toThrow(/b waits for a \(w1\), a waits for b \(build\)/);
    expect(itemWaits()).toBe(0);
    await b.request('release', { all: true });
    expect(await granted).toMatchObject({ granted: true });
  });

  test('is refused to whoever waits for the other thing last, and only as long as somebody waits for the item', async () => {
    const { a, b, waiting, itemWaits } = await entangled();
    const cancel = new AbortController();
    const cancelled = expect(b.request('claim', ITEM, cancel.signal)).rejects.toThrow('enough');
    await until(() => itemWaits() === 1, { what: 'b to wait' });
    await expect(a.request('claim', { ...BUILD, wait_seconds: 50 })).rejects.toThrow(
      /a waits for b \(build\), b waits/,
    );
    cancel.abort(new Error('enough'));
    await cancelled;
    await until(() => itemWaits() === 0, { what: 'nobody to wait' });
    const granted = a.request('claim', { ...BUILD, wait_seconds: 50 });
    await until(() => waiting('a'), { what: 'a to wait' });
    await b.request('release', { all: true });
    expect(await granted).toMatchObject({ granted: true });
  });
});
