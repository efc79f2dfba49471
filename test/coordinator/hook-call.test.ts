import { beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/coordinator/engine.ts';
import { attend } from '../../src/coordinator/peers.ts';
import type { Channel } from '../../src/link/channel.ts';
import { connectOnce } from '../../src/link/connect.ts';
import type { HookAnswer, HookRequestInput } from '../../src/protocol/hooks.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { unreadIn } from '../../src/state/messages/inbox.ts';
import { sightWorktrees } from '../../src/state/roster/worktrees.ts';
import { until } from '../harness/until.ts';
import { cleanup, connectedPair } from '../link/support.ts';
import { deskOf, memoryEngine } from './office.ts';

/* Hooks over real sockets: asked without hello, answered with nothing where they cannot be, and mail that was not shown. */

const after = cleanup();
const NOBODY = { client_session: 's1', worktree: '/repo/a' };

let engine: Engine;
let path: string;
const controls = { stop: () => {}, keep: () => {}, stopping: false };
beforeEach(async () => {
  controls.stopping = false;
  engine = memoryEngine();
  const closing = new AbortController();
  after(() => closing.abort());
  const { signal } = closing;
  const desk = deskOf(engine, signal);
  ({ path } = await connectedPair(after, (peer) => attend(peer, desk, controls)));
  await engine.decide((tx) => {
    sightWorktrees(tx, [{ path: '/repo/a', branch: 'a' }], 'main');
    tx.send({ type: 'agent.note', from: 'human', payload: { text: 'hello' }, to: ['a'] });
  });
});

async function connect(): Promise<Channel> {
  const channel = await connectOnce(path);
  after(() => channel.close());
  return channel;
}

function ask(channel: Channel, rest: object = {}): Promise<HookAnswer> {
  const request: HookRequestInput = { protocol: PROTOCOL_VERSION, event: 'UserPromptSubmit', ...NOBODY };
  return channel.request('hook', { ...request, ...rest }) as Promise<HookAnswer>;
}

const unread = (): number => unreadIn(engine.state.inboxes.get('a')).unread;
const delivered = (): unknown[] => [...(engine.state.inboxes.get('a')?.delivered.values() ?? [])];

describe('a hook', () => {
  it('is answered without hello, and confirms what it has shown', async () => {
    const channel = await connect();
    const { context, batch } = await ask(channel);
    expect(context).toContain('hello');
    channel.notify('shown', { batch });
    channel.close();
    await until(() => delivered().some((own) => !Object.hasOwn(Object(own), 'call')), { what: 'the confirmation' });
    expect(unread()).toBe(0);
  });

  it('that ends without confirming was shown nothing', async () => {
    const channel = await connect();
    await ask(channel);
    expect(unread()).toBe(0);
    channel.close();
    await until(() => unread() === 1, { what: 'the mail to be unread again' });
  });

  it('cannot confirm for another one', async () => {
    const [one, other] = [await connect(), await connect()];
    const { batch } = await ask(one);
    other.notify('shown', { batch });
    await ask(other, { event: 'Stop' });
    one.close();
    await until(() => unread() === 1, { what: 'the mail to be unread again' });
  });

  it.each([
    ['of another version of the link', { protocol: PROTOCOL_VERSION + 1 }],
    ['of an event that is not known', { event: 'PreCompact' }],
    ['that only looks whether it gets through', { probe: true }],
    ['without a worktree', { worktree: undefined }],
  ])('%s is answered with nothing, and nothing follows', async (_, rest) => {
    const before = engine.state.record;
    expect(await ask(await connect(), rest)).toEqual({});
    expect(engine.state.record).toBe(before);
    expect(engine.state.volatile.presence.get('a')).toBeUndefined();
  });

  it('that is newer and says more is understood', async () => {
    expect((await ask(await connect(), { mood: 'fine' })).context).toContain('hello');
  });

  it('while the coordinator stops is answered with nothing', async () => {
    controls.stopping = true;
    expect(await ask(await connect())).toEqual({});
  });
});
