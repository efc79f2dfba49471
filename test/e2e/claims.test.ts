import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { configure, holderOf, linkTo } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b', 'feat/c'] });
});
afterEach(() => sandbox.dispose());

/** A session in the worktree of a branch. */
function sessionOn(branch: string): Promise<Session> {
  return openSession(sandbox, repository.worktree(branch));
}

/** Waits until `holder`'s claim on this path has exactly these waiters. */
async function untilWaiting(path: string, ...waiters: string[]): Promise<void> {
  const link = linkTo(sandbox, repository);
  await until(
    async () => {
      const { claims = [] } = await link.request('status', { detail: 'full' });
      return claims.some((claim) => claim.path === path && String(claim.waiting) === String(waiters));
    },
    { what: `${waiters.join(', ')} to wait for ${path}` },
  );
}

describe('one path that many claim at once', () => {
  it('is granted to exactly one of 50 connections, and every other one is told who has it', async () => {
    await runCli(sandbox, repository.main, ['start']);
    const links = Array.from({ length: 50 }, (_, index) =>
      linkTo(sandbox, repository, { kind: 'agent', agent: `w${index}` }),
    );
    await Promise.all(links.map((link) => link.greet()));
    for (let round = 0; round < 5; round += 1) {
      const targets = [{ path: `src/${round}.ts` }];
      const answers = await Promise.all(links.map((link) => link.request('claim', { targets })));
      const winner = answers.findIndex((answer) => answer.granted);
      const refused = answers.filter((answer) => !answer.granted);
      expect(refused).toHaveLength(49);
      for (const { blocked_by } of refused) expect(blocked_by).toMatchObject([{ holder: `w${winner}` }]);
    }
  });

  it('is granted to exactly one of 8 sessions', async () => {
    const sessions = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        openSession(sandbox, repository.main, { args: ['--agent', `w${index}`] }),
      ),
    );
    const answers = await Promise.all(sessions.map((session) => session.call('claim', { paths: ['src/'] })));
    expect(answers.filter((answer) => answer.granted)).toHaveLength(1);
  });
});

describe('waiting for a holder', () => {
  it('ends with its release, first come first served', async () => {
    const [a, b, c] = await Promise.all([sessionOn('feat/a'), sessionOn('feat/b'), sessionOn('feat/c')]);
    await a.call('claim', { paths: ['src'] });
    const order: string[] = [];
    const second = b.call('claim', { paths: ['src'], wait_seconds: 50 }).finally(() => order.push('b'));
    await untilWaiting('src', 'feat-b');
    const third = c.call('claim', { paths: ['src'], wait_seconds: 50 }).finally(() => order.push('c'));
    await untilWaiting('src', 'feat-b', 'feat-c');
    expect((await a.call('poll')).messages).toMatchObject([
      { type: 'coordinator.claim', payload: { event: 'wanted', by: 'feat-b' } },
      { type: 'coordinator.claim', payload: { event: 'wanted', by: 'feat-c' } },
    ]);
    expect(order).toEqual([]);
    await a.call('release', { paths: ['src'] });
    expect(await second).toMatchObject({ granted: true });
    expect(order).toEqual(['b']);
    await b.call('release', { paths: ['src'] });
    expect(await third).toMatchObject({ granted: true });
  });

  it('is shown in status, also for a path inside the claim', async () => {
    const [a, b] = await Promise.all([sessionOn('feat/a'), sessionOn('feat/b')]);
    await a.call('claim', { paths: ['src'] });
    await b.call('claim', { paths: ['src/deep/x.ts'], queue: true });
    expect((await a.call('status', { detail: 'full' })).claims).toMatchObject([{ path: 'src', waiting: ['feat-b'] }]);
  });

  it('is refused where it would close a circle', async () => {
    const [a, b] = await Promise.all([sessionOn('feat/a'), sessionOn('feat/b')]);
    await a.call('claim', { paths: ['one.ts'] });
    await b.call('claim', { paths: ['two.ts'] });
    const waiting = a.call('claim', { paths: ['two.ts'], wait_seconds: 50 });
    await untilWaiting('two.ts', 'feat-a');
    await expect(b.call('claim', { paths: ['one.ts'], wait_seconds: 50 })).rejects.toThrow(
      /feat-a.*two\.ts|two\.ts.*feat-a/,
    );
    await b.call('release', { all: true });
    expect(await waiting).toMatchObject({ granted: true });
  });

  it('leaves no place behind when it is cancelled', async () => {
    const [a, b, c] = await Promise.all([sessionOn('feat/a'), sessionOn('feat/b'), sessionOn('feat/c')]);
    await a.call('claim', { paths: ['src'] });
    const cancel = new AbortController();
    const cancelled = b.call('claim', { paths: ['src'], wait_seconds: 50 }, { signal: cancel.signal });
    await untilWaiting('src', 'feat-b');
    const waiting = c.call('claim', { paths: ['src'], wait_seconds: 50 });
    await untilWaiting('src', 'feat-b', 'feat-c');
    cancel.abort();
    await expect(cancelled).rejects.toThrow();
    await untilWaiting('src', 'feat-c');
    await a.call('release', { all: true });
    expect(await waiting).toMatchObject({ granted: true });
  });
});

describe('a holder that is killed', () => {
  it('loses its claims after the grace, and the first that waits is granted', async () => {
    configure(repository, { claims: { disconnectGraceSeconds: 0.3 } });
    const [a, b, c] = await Promise.all([sessionOn('feat/a'), sessionOn('feat/b'), sessionOn('feat/c')]);
    await a.call('claim', { paths: ['src', 'lib'] });
    const first = b.call('claim', { paths: ['src'], wait_seconds: 50 });
    await untilWaiting('src', 'feat-b');
    const second = c.call('claim', { paths: ['src'], queue: true });
    expect(await second).toMatchObject({ granted: false, queue_position: 2 });
    await a.kill('SIGKILL');
    expect(await first).toMatchObject({ granted: true, claims: [{ path: 'src' }] });
    const { claims } = await b.call('status', { detail: 'full' });
    expect(claims).toMatchObject([{ path: 'src', holder: 'feat-b', waiting: ['feat-c'] }]);
    const next = await sessionOn('feat/a');
    expect((await next.call('poll')).messages.map(({ payload }) => payload)).toContainEqual(
      expect.objectContaining({ event: 'reclaimed' }),
    );
  });

  it('keeps them if its agent is back within the grace', async () => {
    const [a, b] = await Promise.all([sessionOn('feat/a'), sessionOn('feat/b')]);
    await a.call('claim', { paths: ['src'], reason: 'sessions' });
    await a.kill('SIGKILL');
    const again = await sessionOn('feat/a');
    expect(await again.call('status')).toMatchObject({ you: 'feat-a', claims: [{ path: 'src', holder: 'feat-a' }] });
    expect(await b.call('claim', { paths: ['src'] })).toMatchObject({ granted: false });
    expect(await again.call('release', { all: true })).toMatchObject({ released: ['src'] });
  });

  it('is seen to be gone, however early in its greeting', async () => {
    const b = await sessionOn('feat/b');
    await b.call('status');
    const session = 'a-session-that-ends';
    const params = { protocol: PROTOCOL_VERSION, kind: 'agent', session, pid: process.pid, agent: 'short-lived' };
    const socket = connect(holderOf(repository).socket);
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hello', params })}\n`, () => socket.destroy());
    await once(socket, 'close');
    const row = async () => (await b.call('status')).agents.find(({ agent_id }) => agent_id === 'short-lived');
    await until(row, { what: 'the greeting to be taken in' });
    await until(async () => (await row())?.online !== true, { what: 'the end of the connection to be noticed' });
  });
});
