import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/repository/layout.ts';
import { writeSnapshot } from '../../src/storage/snapshot.ts';
import { configure, holderOf } from '../e2e/coordinators.ts';
import { runCli } from '../harness/cli.ts';
import { requireBuild } from '../harness/dist.ts';
import { openSession } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/*
 * Whoever else uses this machine reads and changes nothing of the coordinator's, whatever the mask is with which the
 * client of some agent has started it.
 */

const IS_ROOT = process.getuid?.() === 0;
/** Some user that is not this one. */
const OTHER_UID = 12_345;

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
});
afterEach(() => sandbox.dispose());

/** Starts a coordinator that may, by its mask, give everything to everybody. */
async function startUnmasked(): Promise<void> {
  const command = [process.execPath, requireBuild(), 'start'];
  const child = spawn('sh', ['-c', 'umask 000; exec "$@"', 'sh', ...command], {
    cwd: repository.main,
    env: sandbox.env,
    stdio: 'ignore',
  });
  expect(await once(child, 'close')).toEqual([0, null]);
}

/** Everything below a folder with its mode, links not followed. */
function modesBelow(folder: string): { path: string; isFolder: boolean; mode: number }[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return ['', ...names].map((name) => {
    const path = join(folder, name);
    const stats = lstatSync(path);
    return { path, isFolder: stats.isDirectory(), mode: stats.mode & 0o777 };
  });
}

describe('with a mask of 000', () => {
  it('the state is for its user alone, and what is for all in the worktree is not for all to write', async () => {
    configure(repository, { learnings: { flushSeconds: 0 } });
    await startUnmasked();
    const session = await openSession(sandbox, repository.worktree('feat/a'));
    await session.call('claim', { paths: ['src'] });
    await session.call('learnings', { record: 'Mind the mask', category: 'convention' });
    const file = join(repository.main, '.paw', 'learnings.md');
    await until(() => statSync(file, { throwIfNoEntry: false }) !== undefined, { what: 'the file of learnings' });
    const { socket } = holderOf(repository);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    expect(statSync(file).mode & 0o777).toBe(0o644);
    await session.close();
    expect(await runCli(sandbox, repository.main, ['stop'])).toMatchObject({ code: 0 });
    const found = modesBelow(repository.stateDir);
    expect(found.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        join(repository.stateDir, 'coordinator.1'),
        join(repository.stateDir, 'coordinator.log'),
        expect.stringMatching(/journal\/.*\.jsonl$/),
      ]),
    );
    expect(found.filter(({ isFolder, mode }) => mode !== (isFolder ? 0o700 : 0o600))).toEqual([]);
  });

  it('so is the snapshot, with its predecessor', async () => {
    const layout = layoutOf(sandbox.root);
    const mask = process.umask(0);
    try {
      await writeSnapshot(layout, { last: 1, state: {} }, { keepCurrent: false });
      await writeSnapshot(layout, { last: 2, state: {} }, { keepCurrent: true });
    } finally {
      process.umask(mask);
    }
    for (const path of [layout.snapshot, layout.previousSnapshot]) expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe.skipIf(!IS_ROOT)('another user', () => {
  /** What happens to a program of Node that another user runs. */
  async function asOther(script: string): Promise<string> {
    const child = spawn(process.execPath, ['-e', script], {
      cwd: '/',
      env: { PATH: sandbox.env.PATH },
      uid: OTHER_UID,
      gid: OTHER_UID,
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await once(child, 'close');
    return said;
  }

  it('neither connects to the coordinator nor reads its state', async () => {
    expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
    const { socket } = holderOf(repository);
    // Only what this program makes is to stand in the way.
    for (let at = dirname(dirname(socket)); at !== '/'; at = dirname(at)) openFor(at);
    for (let at = repository.commonDir; at !== '/'; at = dirname(at)) openFor(at);
    const connect = `require('node:net').connect(${JSON.stringify(socket)}, () => console.log('in')).on('error', (error) => console.log(error.code))`;
    expect(await asOther(connect)).toBe('EACCES\n');
    const list = (path: string) =>
      `try { require('node:fs').readdirSync(${JSON.stringify(path)}); console.log('in') } catch (error) { console.log(error.code) }`;
    expect(await asOther(list(repository.commonDir))).toBe('in\n');
    expect(await asOther(list(repository.stateDir))).toBe('EACCES\n');
  });

  /** Lets everybody enter a folder of this test, or the one in which all tests have theirs. */
  function openFor(folder: string): void {
    if (folder.startsWith(sandbox.root) || folder === process.env.PAW_TEST_ROOT) chmodSync(folder, 0o755);
  }
});
