import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli, startCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import { isRunning } from '../harness/processes.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { configure, coordinatorsOf, electionsOf, holderOf, killCoordinator, linkTo } from './coordinators.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

/** Resolves once somebody listens at the socket of the coordinator in office. */
async function untilListening(repository: TestRepository): Promise<void> {
  const connected = async (): Promise<boolean> => {
    const socket = connect(holderOf(repository).socket);
    try {
      await once(socket, 'connect');
      return true;
    } finally {
      socket.destroy();
    }
  };
  await until(connected, { what: 'the coordinator to listen' });
}

describe('signals', () => {
  it('SIGINT leaves the coordinator alive', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
    const a = await openSession(sandbox, repository.worktree('feat/a'));
    const b = await openSession(sandbox, repository.worktree('feat/b'));
    await a.call('publish', { type: 'status', status: 'working', text: 'before' });
    const { pid } = holderOf(repository);
    process.kill(pid, 'SIGINT');
    await a.kill('SIGINT');
    expect(await b.call('publish', { type: 'artifact', text: 'after' })).toMatchObject({ seq: 2 });
    expect(holderOf(repository)).toMatchObject({ pid });
    expect(isRunning(pid)).toBe(true);
  });

  it('SIGTERM ends it in order', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a'] });
    const child = startCli(sandbox, repository.main, ['serve', '--common-dir', repository.commonDir, '--keep']);
    const exited = once(child, 'exit');
    await untilListening(repository);
    const a = await openSession(sandbox, repository.worktree('feat/a'));
    await a.call('publish', { type: 'artifact', text: 'kept' });
    const { pid, socket } = holderOf(repository);
    expect(pid).toBe(child.pid);
    const waiting = a.call('poll', { wait_seconds: 50 });
    await a.call('status');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(await waiting).toMatchObject({ messages: [], cursor: 0 });
    expect(holderOf(repository)).toMatchObject({ pid, stopped: true });
    expect(existsSync(socket)).toBe(false);
  });
});

describe('stop', () => {
  it('is told to everybody: no coordinator is started until the next call, which works', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
    const a = await openSession(sandbox, repository.worktree('feat/a'), { era: 'legacy' });
    const b = await openSession(sandbox, repository.worktree('feat/b'), { era: 'modern' });
    await Promise.all([a.call('status'), b.call('status')]);
    const { pid } = holderOf(repository);
    const waiting = [a.call('poll', { wait_seconds: 50 }), b.call('poll', { wait_seconds: 50 })];
    await Promise.all([a.call('status'), b.call('status')]);
    expect(await runCli(sandbox, repository.main, ['stop'])).toMatchObject({ code: 0 });
    expect(isRunning(pid)).toBe(false);
    expect(await Promise.all(waiting)).toMatchObject([{ messages: [] }, { messages: [] }]);
    // What is no tool call needs no coordinator.
    await Promise.all([a.listTools(), b.listTools()]);
    expect(coordinatorsOf(repository)).toEqual([]);
    expect(holderOf(repository)).toMatchObject({ pid, stopped: true });
    expect(await a.call('status')).toMatchObject({ you: 'feat-a' });
    expect(electionsOf(repository)).toEqual([2]);
    expect(await b.call('status')).toMatchObject({ you: 'feat-b' });
    await until(() => coordinatorsOf(repository).length === 1, { what: 'one coordinator' });
  });

  it('costs a session that makes no calls nothing, once another has started the next coordinator', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
    const quiet = await openSession(sandbox, repository.worktree('feat/a'));
    const busy = await openSession(sandbox, repository.worktree('feat/b'));
    await quiet.call('claim', { paths: ['src'] });
    await busy.call('status');
    await runCli(sandbox, repository.main, ['stop']);
    // Were it not back before the grace for disconnected agents is over, its claims would go to others.
    await until(async () => (await busy.call('status')).agents.some((row) => row.agent_id === 'feat-a' && row.online), {
      what: 'the quiet session to be back',
    });
  });

  it('says so where none runs, and start where one does; both exit with 0', async () => {
    const repository = await sandbox.repository();
    const none = await runCli(sandbox, repository.main, ['stop']);
    expect(none).toMatchObject({ code: 0, stdout: 'No coordinator is running for this repository.\n' });
    const first = await runCli(sandbox, repository.main, ['start']);
    const { pid } = holderOf(repository);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining(`has started (process ${pid})`) });
    const second = await runCli(sandbox, repository.main, ['start']);
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining(`is running already (process ${pid})`) });
    expect(await runCli(sandbox, repository.main, ['stop'])).toMatchObject({ code: 0 });
    expect(coordinatorsOf(repository)).toEqual([]);
  });
});

describe('with nobody connected', () => {
  it('a coordinator that an agent started ends, one that a person keeps stays', async () => {
    const agents = await sandbox.repository();
    const persons = await sandbox.repository();
    const both = await sandbox.repository();
    for (const repository of [agents, persons, both]) configure(repository, { idleExitSeconds: 1 });
    await runCli(sandbox, persons.main, ['start']);
    const session = await openSession(sandbox, both.main);
    await session.call('status');
    await runCli(sandbox, both.main, ['start']);
    await session.close();
    // The last one to lose its connection is the one whose end shows that the others' time is over too.
    const last = await openSession(sandbox, agents.main);
    await last.call('status');
    await last.close();
    const { pid } = holderOf(agents);
    await until(() => !isRunning(pid), { what: 'the idle coordinator to end' });
    expect(holderOf(agents)).toMatchObject({ stopped: true });
    for (const repository of [persons, both]) {
      expect(holderOf(repository).stopped).toBeUndefined();
      expect(isRunning(holderOf(repository).pid)).toBe(true);
    }
  });

  it('it waits for its first client, however short its idle time is', async () => {
    const repository = await sandbox.repository();
    configure(repository, { idleExitSeconds: 0 });
    const session = await openSession(sandbox, repository.main);
    expect(await session.call('status')).toMatchObject({ you: 'main' });
  });
});

describe('after a crash', () => {
  it('sessions come back by themselves, also when the next coordinator crashes at once', async () => {
    const repository = await sandbox.repository();
    const session = await openSession(sandbox, repository.main);
    await session.call('status');
    for (let crash = 1; crash <= 3; crash += 1) {
      const killed = await killCoordinator(repository);
      await until(() => holderOf(repository).pid !== killed, { what: `a coordinator after crash ${crash}` });
      await untilListening(repository);
    }
    const link = linkTo(sandbox, repository);
    await until(
      async () => (await link.request('status', {})).agents.some((row) => row.agent_id === 'main' && row.online),
      { what: 'the session to be back without a call' },
    );
  });

  it('what a crashed coordinator leaves is cleaned up by the next one', async () => {
    const repository = await sandbox.repository();
    const session = await openSession(sandbox, repository.main);
    await session.call('status');
    const { socket } = holderOf(repository);
    await killCoordinator(repository);
    expect(await session.call('status')).toMatchObject({ you: 'main' });
    expect(holderOf(repository).socket).not.toBe(socket);
    expect(existsSync(socket)).toBe(false);
    expect(electionsOf(repository)).toEqual([2]);
  });

  it('a coordinator whose socket was removed is replaced', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a'] });
    const before = await openSession(sandbox, repository.main);
    await before.call('publish', { type: 'artifact', text: 'kept' });
    rmSync(holderOf(repository).socket);
    const after = await openSession(sandbox, repository.worktree('feat/a'));
    expect(await after.call('publish', { type: 'artifact', text: 'next' })).toMatchObject({ seq: 2 });
    expect(await before.call('status')).toMatchObject({ you: 'main' });
    await until(() => coordinatorsOf(repository).length === 1, { what: 'one coordinator' });
  });
});
