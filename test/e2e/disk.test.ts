import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../harness/cli.ts';
import { requireBuild } from '../harness/dist.ts';
import { openSession } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { holderOf, killCoordinator, linkTo, readLog } from './coordinators.ts';

/** Longest file the coordinator can write, in blocks of 512 bytes: a few records, and no large one. */
const FILE_MAX_BLOCKS = 16;
const TOO_LARGE = 'x'.repeat(10_000);
const WORKERS = 4;

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
});
afterEach(() => sandbox.dispose());

/** Starts a coordinator whose writes fail with EFBIG beyond the limit, as those to a full disk do with ENOSPC. */
async function startOnFullDisk(): Promise<void> {
  const script = `trap '' XFSZ; ulimit -f ${FILE_MAX_BLOCKS}; exec "$@"`;
  const serve = [process.execPath, requireBuild(), 'serve', '--common-dir', repository.commonDir, '--keep'];
  spawn('sh', ['-c', script, 'sh', ...serve], { cwd: repository.main, env: sandbox.env, stdio: 'ignore' });
  const link = linkTo(sandbox, repository);
  await until(() => link.request('status', {}), { what: 'the coordinator on a full disk to answer' });
}

describe.skipIf(process.platform === 'win32')('on a full disk', () => {
  it('a call that cannot be kept is refused, and reading goes on', async () => {
    await startOnFullDisk();
    const a = await openSession(sandbox, repository.worktree('feat/a'));
    const b = await openSession(sandbox, repository.worktree('feat/b'));
    await a.call('status');
    const { pid } = holderOf(repository);
    await b.call('publish', { type: 'note', to: 'feat-a', text: 'kept' });
    await a.call('claim', { paths: ['src'] });
    const refused = b.call('publish', { type: 'note', to: 'feat-a', text: TOO_LARGE });
    await expect(refused).rejects.toThrow(/^The change was not made, because .* could not be written: EFBIG/);
    await expect(refused).rejects.toThrow('Free some disk space');
    expect(await a.call('status')).toMatchObject({ you: 'feat-a', claims: [{ path: 'src', holder: 'feat-a' }] });
    expect(await a.call('poll')).toMatchObject({ messages: [{ seq: 1, payload: { text: 'kept' } }], unread: 0 });
    expect(await readLog(sandbox, repository)).toMatchObject([{ seq: 1 }]);
    expect(await b.call('claim', { paths: ['src'] })).toMatchObject({ granted: false });
    expect(holderOf(repository).pid).toBe(pid);
    expect(await runCli(sandbox, repository.main, ['stop'])).toMatchObject({ code: 0 });
    expect(await b.call('publish', { type: 'note', to: 'feat-a', text: TOO_LARGE })).toMatchObject({ seq: 2 });
    expect((await a.call('poll')).messages).toMatchObject([{ seq: 2 }]);
    expect((await a.call('status')).claims).toMatchObject([{ path: 'src', holder: 'feat-a' }]);
  });

  it('everything acknowledged is there after a crash, and nothing that was refused', async () => {
    await startOnFullDisk();
    const acknowledged: { seq: number; text: string }[] = [];
    let refusals = 0;
    const sessions = await Promise.all(
      Array.from({ length: WORKERS }, (_, index) =>
        openSession(sandbox, repository.main, { args: ['--agent', `w${index}`] }),
      ),
    );
    await Promise.all(
      sessions.map(async (session, worker) => {
        for (let turn = 0; turn < 25; turn += 1) {
          // Every fourth is too large for any file; the others only fill them.
          const text = `${worker}:${turn}:${turn % 4 === 3 ? TOO_LARGE : 'x'.repeat(500)}`;
          try {
            const { seq } = await session.call('publish', { type: 'note', to: 'human', text });
            acknowledged.push({ seq, text });
          } catch (error) {
            expect(String(error)).toContain('The change was not made');
            refusals += 1;
          }
        }
      }),
    );
    expect(refusals).toBeGreaterThanOrEqual(WORKERS * 6);
    expect(acknowledged.length).toBeGreaterThan(WORKERS);
    const stored = async () =>
      (await readLog(sandbox, repository)).map(({ seq, payload }) => ({
        seq,
        text: 'text' in payload && payload.text,
      }));
    const expected = acknowledged.sort((a, b) => a.seq - b.seq);
    expect(await stored()).toEqual(expected);
    await killCoordinator(repository);
    expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
    expect(await stored()).toEqual(expected);
    expect(expected.map(({ seq }) => seq)).toEqual(expected.map((_, index) => index + 1));
  });
});
