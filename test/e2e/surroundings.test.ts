import { chownSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { socketPath } from '../../src/repository/socket-folder.ts';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import { ERAS } from '../harness/mcp-clients.ts';
import { isRunning } from '../harness/processes.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { coordinatorsOf, electionsOf, holderOf, killCoordinator } from './coordinators.ts';

const IS_ROOT = process.getuid?.() === 0;
/** Some user that is not this one. */
const OTHER_UID = 12_345;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

/** Where the sandbox's sockets are. */
function socketFolder(): string {
  return join(sandbox.env.XDG_RUNTIME_DIR ?? '', 'paw-coordinator');
}

describe('in the way', () => {
  it('a file in place of the state folder: the call says what and how to correct it', async () => {
    const repository = await sandbox.repository();
    writeFileSync(repository.stateDir, 'not a folder');
    const session = await openSession(sandbox, repository.main);
    expect((await session.listTools()).length).toBeGreaterThan(0);
    const refused = session.call('status');
    await expect(refused).rejects.toThrow(`The state folder ${repository.stateDir} cannot be used`);
    await expect(refused).rejects.toThrow('move away what is in its place');
    rmSync(repository.stateDir);
    expect(await session.call('status')).toMatchObject({ you: 'main' });
  });

  it('a symbolic link in place of the socket folder', async () => {
    const repository = await sandbox.repository();
    const target = join(sandbox.root, 'target');
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, socketFolder());
    const session = await openSession(sandbox, repository.main);
    const refused = session.call('status');
    await expect(refused).rejects.toThrow(
      `${socketFolder()} must be a folder that belongs to this user, and is a symbolic link`,
    );
    await expect(refused).rejects.toThrow('Remove it or move it away');
    expect(readdirSync(target)).toEqual([]);
    expect(coordinatorsOf(repository)).toEqual([]);
    rmSync(socketFolder());
    expect(await session.call('status')).toMatchObject({ you: 'main' });
  });

  it.skipIf(!IS_ROOT)('a socket folder of somebody else', async () => {
    const repository = await sandbox.repository();
    mkdirSync(socketFolder(), { mode: 0o700 });
    chownSync(socketFolder(), OTHER_UID, OTHER_UID);
    const session = await openSession(sandbox, repository.main);
    const refused = session.call('status');
    await expect(refused).rejects.toThrow(`a folder of the user with id ${OTHER_UID}`);
    await expect(refused).rejects.toThrow('XDG_RUNTIME_DIR');
    rmSync(socketFolder(), { recursive: true });
    expect(await session.call('status')).toMatchObject({ you: 'main' });
  });

  it('a file in place of the socket', async () => {
    const repository = await sandbox.repository();
    const path = socketPath(repository.commonDir, 1, { env: sandbox.env });
    writeFileSync(path, 'not a socket');
    const session = await openSession(sandbox, repository.main);
    await expect(session.call('status')).rejects.toThrow(
      `${path} is needed for the coordinator's socket, and is a file`,
    );
    expect(existsSync(path)).toBe(true);
    rmSync(path);
    expect(await session.call('status')).toMatchObject({ you: 'main' });
  });

  it('another process that listens at the socket is left alone', async () => {
    const repository = await sandbox.repository();
    const path = socketPath(repository.commonDir, 1, { env: sandbox.env });
    const foreign = createServer((socket) => socket.destroy()).listen(path);
    sandbox.defer(() => new Promise((closed) => foreign.close(() => closed())));
    await until(() => existsSync(path), { what: 'the foreign socket' });
    const start = await runCli(sandbox, repository.main, ['start']);
    // Whoever connects to the foreign socket before the coordinator has looked at it starts another one, which is as good.
    if (start.code !== 0) expect(start.stderr).toContain(`A process still answers at ${path}`);
    // Numbers are never used twice, so the next coordinator has a socket of its own.
    const session = await openSession(sandbox, repository.main);
    expect(await session.call('status')).toMatchObject({ you: 'main' });
    expect(holderOf(repository).socket).not.toBe(path);
    expect(foreign.listening).toBe(true);
  });
});

describe('leftovers', () => {
  it('stale sockets and a dead holder are cleaned up', async () => {
    const repository = await sandbox.repository();
    const session = await openSession(sandbox, repository.main);
    await session.call('status');
    await session.kill('SIGKILL');
    await killCoordinator(repository);
    const stale = holderOf(repository).socket;
    expect(existsSync(stale)).toBe(true);
    expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
    expect(existsSync(stale)).toBe(false);
    expect(readdirSync(dirname(stale))).toHaveLength(1);
    expect(electionsOf(repository)).toEqual([2]);
  });

  it('a socket at the very path is replaced, after the state folder was removed', async () => {
    const repository = await sandbox.repository();
    await runCli(sandbox, repository.main, ['start']);
    await killCoordinator(repository);
    rmSync(repository.stateDir, { recursive: true });
    expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
    expect(electionsOf(repository)).toEqual([1]);
  });
});

describe.each(ERAS)('outside a git repository, %s', (era) => {
  it('lists its tools, answers every call with one clear error, and works once there is a repository', async () => {
    const folder = join(sandbox.root, 'no-repository');
    mkdirSync(folder);
    const session = await openSession(sandbox, folder, { era });
    expect((await session.listTools()).map(({ name }) => name)).toContain('publish');
    const calls: [string, object][] = [
      ['status', {}],
      ['poll', {}],
      ['publish', { type: 'note', to: 'all', text: 'hello' }],
      ['claim', { paths: ['src'] }],
      ['release', { all: true }],
      ['learnings', { query: 'x' }],
    ];
    for (const [tool, args] of calls) {
      const { isError, content } = await session.callRaw(tool, args);
      expect(isError).toBe(true);
      expect(content).toMatchObject([{ text: expect.stringContaining(`${folder} is not in a git repository`) }]);
      expect(content[0]?.text).toContain('git init');
    }
    const { git } = await sandbox.repository();
    await git(folder, 'init', '--quiet', '--initial-branch=main');
    expect(await session.call('status')).toMatchObject({ you: 'main' });
    expect(await session.call('claim', { paths: ['src'] })).toMatchObject({ granted: true });
  });
});

describe('what vanishes while it is in use', () => {
  it('a repository: the coordinator ends by itself, and the calls say what is wrong', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a'] });
    const session = await openSession(sandbox, repository.worktree('feat/a'));
    await session.call('status');
    const { pid } = holderOf(repository);
    await rename(repository.main, `${repository.main}-away`);
    rmSync(repository.worktree('feat/a'), { recursive: true });
    await until(() => !isRunning(pid), { what: 'the coordinator of a repository that is gone to end' });
    await expect(session.call('status')).rejects.toThrow(/is no longer there/);
    expect((await session.listTools()).length).toBeGreaterThan(0);
  });

  it('a worktree: its agent leaves the roster with its claims, and its session is told', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
    const a = await openSession(sandbox, repository.worktree('feat/a'));
    const b = await openSession(sandbox, repository.worktree('feat/b'));
    await a.call('claim', { paths: ['src'] });
    await repository.git(repository.main, 'worktree', 'remove', '--force', repository.worktree('feat/a'));
    // A name that nobody has makes the coordinator look at the worktrees.
    await expect(b.call('publish', { type: 'note', to: 'nobody', text: 'hello' })).rejects.toThrow('nobody');
    expect((await b.call('status')).agents.map(({ agent_id }) => agent_id)).toEqual(['feat-b']);
    expect(await b.call('claim', { paths: ['src'] })).toMatchObject({ granted: true });
    await expect(a.call('publish', { type: 'artifact', text: 'from nowhere' })).rejects.toThrow(/no longer there/);
    expect((await b.call('status')).agents.map(({ agent_id }) => agent_id)).toEqual(['feat-b']);
  });

  it('the state folder: the coordinator ends instead of acknowledging what it cannot keep', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a'] });
    const session = await openSession(sandbox, repository.worktree('feat/a'));
    await session.call('status');
    const { pid } = holderOf(repository);
    rmSync(repository.stateDir, { recursive: true });
    await until(() => !isRunning(pid), { what: 'the coordinator without a state folder to end' });
    expect(await session.call('publish', { type: 'artifact', text: 'after' })).toMatchObject({ seq: 1 });
    await until(() => coordinatorsOf(repository).length === 1, { what: 'one coordinator' });
  });
});
