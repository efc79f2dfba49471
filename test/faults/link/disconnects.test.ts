import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, test } from 'vitest';
import { attend } from '../../../src/coordinator/peers.ts';
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts';
import { deskOf, memoryEngine } from '../../coordinator/office.ts';
import { holderOf, linkTo } from '../../e2e/coordinators.ts';
import { runCli } from '../../harness/cli.ts';
import { makeSandbox } from '../../harness/sandbox.ts';
import { until } from '../../harness/until.ts';
import { cleanup, connectedPair } from '../../link/support.ts';
import { defectsOf, openSocketsOf } from './coordinator-process.ts';
import { type RawClient, rawClient, sayHello } from './raw-client.ts';
import { type AskedMethod, METHODS, REQUESTS, requestLine } from './requests.ts';

/*
 * A client goes in the middle of any call: before the line is whole, as soon as it is sent, while the call waits, and
 * while its answer is on the way. The coordinator goes on, and nothing of the call, its wait or its connection is left.
 */

const after = cleanup();
/** So often each call is left at each moment. */
const TIMES = 3;
/** Longer than a test. */
const WAIT_SECONDS = 50;
const ANSWERED_ID = 1;

/** The moments at which a client goes. */
const MOMENTS: Record<string, (client: RawClient, line: string) => Promise<void>> = {
  async 'in the middle of the line'(client, line) {
    client.send(line.slice(0, line.length / 2));
    await turn();
  },
  async 'as soon as it is sent'(client, line) {
    client.send(line);
  },
  async 'a moment later'(client, line) {
    client.send(line);
    for (let turns = 0; turns < 5; turns += 1) await turn();
  },
  async 'when the answer comes'(client, line) {
    client.send(line);
    if (!line.includes(`"wait_seconds":${WAIT_SECONDS}`)) await client.answered(ANSWERED_ID);
  },
};

/** All requests of a method; those that can wait do. */
function linesOf(method: AskedMethod): string[] {
  return REQUESTS[method].map((params) =>
    requestLine(ANSWERED_ID, method, 'wait_seconds' in params ? { ...params, wait_seconds: WAIT_SECONDS } : params),
  );
}

/** Makes every call of `method`, and leaves it at every moment. */
async function callAndGo(path: string, method: AskedMethod): Promise<void> {
  for (const line of linesOf(method)) {
    for (const leave of Object.values(MOMENTS)) {
      await Promise.all(
        Array.from({ length: TIMES }, async (_, time) => {
          const client = await rawClient(path);
          const hello = { protocol: PROTOCOL_VERSION, kind: time === 0 ? 'worker' : 'agent', pid: process.pid };
          if (method !== 'hello') await sayHello(client, { ...hello, session: `session-${time}`, agent: `a${time}` });
          await leave(client, line);
          client.destroy();
          await client.closed;
        }),
      );
    }
  }
}

describe('what the coordinator keeps of a call', () => {
  /** A coordinator without a disk, and what it holds for calls and connections. */
  async function serving() {
    const engine = memoryEngine();
    let listening = 0;
    const listen = engine.onRecord.bind(engine);
    engine.onRecord = (listener) => {
      const stop = listen(listener);
      listening += 1;
      return () => {
        listening -= 1;
        stop();
      };
    };
    const closing = new AbortController();
    after(() => closing.abort());
    const { signal } = closing;
    const desk = deskOf(engine, signal);
    const controls = { stop: () => {}, keep: () => {}, stopping: false };
    const { path } = await connectedPair(after, (peer) => attend(peer, desk, controls));
    const held = (): Record<string, number> => ({
      calls: desk.underWay.size,
      listeners: listening,
      closingListeners: getEventListeners(signal, 'abort').length,
      connections: [...engine.state.volatile.presence.values()].reduce((sum, { connections }) => sum + connections, 0),
      attendedWaits: [...engine.state.volatile.leases.waits.values()].reduce((sum, { calls }) => sum + calls, 0),
      timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    });
    return { path, held };
  }

  test.each(METHODS)('%s', async (method) => {
    const { path, held } = await serving();
    // Somebody holds what is claimed, so that claims wait.
    const holder = await rawClient(path);
    after(() => holder.destroy());
    await sayHello(holder, {
      protocol: PROTOCOL_VERSION,
      kind: 'agent',
      pid: process.pid,
      session: 'the-holder',
      agent: 'holder',
    });
    const claim = { targets: [{ path: 'src' }], names: ['build'] };
    holder.send(requestLine(ANSWERED_ID, 'claim', claim));
    await holder.answered(ANSWERED_ID);
    const before = held();
    await callAndGo(path, method);
    const more = (): string[] => {
      const now = held();
      return Object.keys(now).filter((what) => (now[what] ?? 0) > (before[what] ?? 0));
    };
    // What is left in the end is named by the comparison.
    await until(() => more().length === 0, { what: 'nothing to be left' }).catch(() => undefined);
    expect({ left: more(), ...held() }).toMatchObject({ left: [] });
  });
});

it('a coordinator goes on, with no connection too many', async () => {
  const sandbox = await makeSandbox();
  after(() => sandbox.dispose());
  const repository = await sandbox.repository({ worktrees: ['feat/y'] });
  expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
  const { pid, socket } = holderOf(repository);
  const person = linkTo(sandbox, repository);
  await person.request('status', {});
  const before = openSocketsOf(pid);
  for (const method of METHODS) await callAndGo(socket, method);
  await person.request('resume', { agent: 'all' });
  const { agents } = await until(
    async () => {
      const status = await person.request('status', {});
      return status.agents.every(({ online }) => online !== true) && status;
    },
    { what: 'everybody to be offline' },
  );
  expect(agents.length).toBeGreaterThan(0);
  await until(() => (openSocketsOf(pid) ?? 0) <= (before ?? 0), { what: 'all connections to be closed' });
  expect(holderOf(repository).pid).toBe(pid);
  expect(defectsOf(repository)).toEqual([]);
  const agent = linkTo(sandbox, repository, { kind: 'agent', agent: 'newcomer' });
  expect(await agent.request('publish', { input: { type: 'note', text: 'x', to: ['human'] } })).toMatchObject({
    seq: expect.any(Number),
  });
});
