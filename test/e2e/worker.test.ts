import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, test } from 'vitest';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import { isRunning } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { Workshop } from './workers.ts';

const isLinux = process.platform === 'linux';

let shop: Workshop;
afterEach(() => shop.sandbox.dispose());

describe('worker --once', () => {
  test('brings items to qa, has what fails tried again, and blocks what always fails', async () => {
    shop = await Workshop.open();
    const good = await shop.add('print hello\ncommit a.txt\nedit left.txt', { title: 'Fix the log-in' });
    const flaky = await shop.add('print oops\nexit 3\n---\ncommit b.txt');
    const idle = await shop.add('print nothing to do');
    const worker = shop.start(['--once', '--slots', '2', '--follow']);
    expect(await worker.ended).toBe(0);
    expect(worker.stderr().replace(/^2 runs in a row have failed at once; .*\n/gm, '')).toBe('');
    const worktree = join(`${shop.repository.main}.worktrees`, `${good}-fix-the-log-in`);
    expect(worker.lines()).toEqual(
      expect.arrayContaining([
        `${good} started in ${worktree}`,
        `${good} | hello`,
        `${good} done: 1 commit, now in qa; not committed: left.txt`,
        `${flaky} failed: exit code 3 (attempt 1 of 3)`,
        `${flaky} done: 1 commit, now in qa`,
        `${idle} failed: there is no commit on work/${idle}-some-work (attempt 3 of 3, now blocked)`,
      ]),
    );
    const [first, second, third] = await Promise.all([good, flaky, idle].map((id) => shop.item(id)));
    expect(first).toMatchObject({ stage: 'qa', attempts: 0, branch: `work/${good}-fix-the-log-in` });
    expect(first?.history.at(-1)).toMatchObject({
      to: 'qa',
      commit: await shop.tip(first?.branch ?? ''),
      reason: 'not committed: left.txt',
    });
    expect(second).toMatchObject({ stage: 'qa', attempts: 1 });
    expect(third).toMatchObject({ stage: 'current', attempts: 3, output: 'nothing to do\n' });
    expect(third?.blocked?.reason).toContain('3 attempts');
    expect(existsSync(join(worktree, 'left.txt'))).toBe(true);
    const log = readFileSync(join(shop.repository.stateDir, 'worker', flaky, 'output.before.log'), 'utf8');
    expect(log).toBe('oops\n');
    await shop.expectNothingLeft();
  });

  test('ends at once when there is nothing to do', async () => {
    shop = await Workshop.open();
    await shop.add('commit a.txt', { stage: 'backlog' });
    const worker = shop.start(['--once']);
    expect(await worker.ended).toBe(0);
    expect(shop.records()).toEqual([]);
    expect(worker.lines().slice(1)).toEqual([
      'No item in current can be worked on. `paw-coordinator work list` shows all.',
    ]);
  });

  test('waits for an item that another worker has, and may give back', async () => {
    shop = await Workshop.open();
    const go = join(shop.sandbox.root, 'go');
    const id = await shop.add(`wait ${go}\nexit 1\n---\ncommit a.txt`);
    const first = shop.start();
    await shop.agent(id);
    const second = shop.start(['--once']);
    await until(() => second.lines().length > 0, { what: 'the second worker' });
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);
    await shop.agent(id, 2);
    expect(await second.ended).toBe(0);
    expect(await shop.item(id)).toMatchObject({ stage: 'qa', attempts: 0 });
  });

  test('finishes what was sent back, in the same worktree, and tells the agent why', async () => {
    shop = await Workshop.open();
    const file = join(shop.sandbox.root, 'env.json');
    const id = await shop.add(`commit a.txt\n---\nenv ${file}\ncommit b.txt`);
    expect(await shop.start(['--once']).ended).toBe(0);
    const lead = await openSession(shop.sandbox, shop.repository.main, { args: ['--role', 'supervisor'] });
    const { branch = '' } = await shop.item(id);
    await lead.call('publish', { type: 'feedback', to: branch, text: 'a.txt is wrong' });
    expect(await shop.item(id)).toMatchObject({ stage: 'current' });
    expect(await shop.start(['--once']).ended).toBe(0);
    expect(await shop.item(id)).toMatchObject({ stage: 'qa' });
    const env = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    expect(env).toMatchObject({ PAW_WORK_ID: id, PAW_WORK_TITLE: 'Some work', PAW_WORK_FEEDBACK: 'a.txt is wrong' });
    const folders = new Set(shop.records().flatMap(({ cwd }) => cwd ?? []));
    expect(folders.size).toBe(1);
  });
});

describe('a worker', () => {
  test('waits for items as they come', async () => {
    shop = await Workshop.open();
    const worker = shop.start();
    await until(() => worker.lines().length > 0, { what: 'the worker' });
    const id = await shop.add('commit a.txt');
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa' });
    worker.signal('SIGINT');
    expect(await worker.ended).toBe(0);
    await shop.expectNothingLeft();
  });

  test('pushes, if that is wanted, before the item is in qa', async () => {
    shop = await Workshop.open({ worker: { push: true } });
    const origin = await shop.addOrigin();
    const id = await shop.add('commit a.txt');
    expect(await shop.start(['--once']).ended).toBe(0);
    const { branch = '', stage } = await shop.item(id);
    expect(stage).toBe('qa');
    expect(await shop.repository.git(origin, 'rev-parse', `refs/heads/${branch}`)).toBe(await shop.tip(branch));
  });

  test('counts a push that fails as an attempt, with git’s words', async () => {
    shop = await Workshop.open({ work: { maxAttempts: 1 } });
    await shop.repository.git(shop.repository.main, 'remote', 'add', 'origin', join(shop.sandbox.root, 'nowhere'));
    const id = await shop.add('commit a.txt');
    expect(await shop.start(['--once', '--push']).ended).toBe(0);
    const { stage, blocked } = await shop.item(id);
    expect(stage).toBe('current');
    expect(blocked?.reason).toMatch(/the push to origin failed \(exit code 128\): .*nowhere/);
  });

  test('after a push that failed only pushes, and does no work again', async () => {
    shop = await Workshop.open();
    const origin = join(shop.sandbox.root, 'later.git');
    await shop.repository.git(shop.repository.main, 'remote', 'add', 'origin', origin);
    const id = await shop.add('commit a.txt\nedit left.txt');
    const worker = shop.start(['--once', '--push']);
    await until(async () => (await shop.item(id)).attempts > 0, { what: 'a push that fails' });
    await shop.repository.git(shop.repository.main, 'init', '--quiet', '--bare', origin);
    expect(await worker.ended).toBe(0);
    const { branch = '', stage } = await shop.item(id);
    expect(stage).toBe('qa');
    expect(await shop.repository.git(origin, 'rev-parse', `refs/heads/${branch}`)).toBe(await shop.tip(branch));
    expect([shop.starts(id), await shop.advances(id)]).toEqual([1, 1]);
    expect(worker.lines()).toContain(`${id} done: 1 commit of an earlier run, now in qa; not committed: left.txt`);
  });

  test('touches no worktree that no worker has made', async () => {
    shop = await Workshop.open({ work: { maxAttempts: 1 } });
    const { main, git } = shop.repository;
    const id = await shop.add('commit a.txt\nedit README.md');
    const branch = `work/${id}-some-work`;
    await git(main, 'switch', '--quiet', '--create', branch);
    writeFileSync(join(main, 'README.md'), 'half a sentence\n');
    writeFileSync(join(main, 'new.txt'), 'new\n');
    writeFileSync(join(shop.repository.commonDir, 'index.lock'), '');
    const look = async (): Promise<unknown> => [
      await git(main, 'status', '--porcelain'),
      await git(main, 'diff'),
      await shop.tip(branch),
      existsSync(join(shop.repository.commonDir, 'index.lock')),
    ];
    const before = await look();
    expect(await shop.start(['--once']).ended).toBe(0);
    expect(await look()).toEqual(before);
    expect(shop.starts(id)).toBe(0);
    expect((await shop.item(id)).blocked?.reason).toContain(
      `${branch} is checked out in ${main}, which no worker made, so nothing was done there. Switch that one to another branch, then unblock`,
    );
    rmSync(join(shop.repository.commonDir, 'index.lock'));
    await git(main, 'switch', '--quiet', 'main');
    await shop.work({ action: 'unblock', id });
    expect(await shop.start(['--once']).ended).toBe(0);
    expect(await shop.item(id)).toMatchObject({ stage: 'qa' });
    expect(readFileSync(join(main, 'README.md'), 'utf8')).toBe('half a sentence\n');
  });

  test('pauses while one run after the other fails at once, says why once, and can be stopped then', async () => {
    shop = await Workshop.open({ work: { maxAttempts: 50 } });
    const ids = await Promise.all([1, 2].map(() => shop.add('exit 1')));
    const worker = shop.start(['--slots', '2']);
    const starts = (): number => ids.reduce((sum, id) => sum + shop.starts(id), 0);
    await until(() => starts() >= 4, { what: 'a run after a pause' });
    worker.signal('SIGTERM');
    expect(await worker.ended).toBe(0);
    expect(worker.stderr()).toMatch(/^2 runs in a row have failed at once; the next item is taken in 1 s\. .*\n$/);
  });

  test('is the agent of the branch, and so is the MCP server in its worktree', async () => {
    shop = await Workshop.open();
    const go = join(shop.sandbox.root, 'go');
    const id = await shop.add(`wait ${go}\ncommit a.txt`, { targets: [{ path: 'src' }] });
    const worker = shop.start(['--once']);
    await shop.agent(id);
    const cwd = shop.records()[0]?.cwd ?? '';
    const inside = await openSession(shop.sandbox, cwd, { env: { PAW_AGENT_ID: `work-${id}-some-work` } });
    const status = await inside.call('status', { detail: 'full' });
    expect(status.you).toBe(`work-${id}-some-work`);
    expect(status.claims?.map(({ holder }) => holder)).toEqual([status.you, status.you]);
    expect(await inside.call('claim', { paths: ['src/a.ts'] })).toMatchObject({ granted: true });
    writeFileSync(go, '');
    expect(await worker.ended).toBe(0);
    expect(await shop.item(id)).toMatchObject({ stage: 'qa' });
  });

  test('ends its command at once when the claim is taken from it, and leaves the item alone', async () => {
    shop = await Workshop.open();
    const id = await shop.add('child\nstubborn\nprint on\nhang\n---\ncommit a.txt');
    const worker = shop.start();
    const pid = await shop.agent(id);
    await until(() => shop.records().some(({ child }) => child), { what: 'its child' });
    const released = await runCli(shop.sandbox, shop.repository.main, ['release', '--work', id, '--force']);
    expect(released).toMatchObject({ code: 0, stderr: '' });
    await until(() => worker.lines().some((line) => line.startsWith(`${id} lost`)), { what: 'the loss' });
    expect(isRunning(pid)).toBe(false);
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa' });
    expect(await shop.item(id)).toMatchObject({ attempts: 0 });
    expect(await shop.advances(id)).toBe(1);
    expect(shop.records().filter(({ overlaps }) => overlaps)).toEqual([]);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('gives everything back at %s', async (signal) => {
    shop = await Workshop.open();
    const ids = await Promise.all([1, 2].map(() => shop.add('commit a.txt\nchild\nprint on\nhang')));
    const worker = shop.start(['--slots', '2']);
    const pids = await Promise.all(ids.map((id) => shop.agent(id)));
    await until(() => shop.records().filter(({ child }) => child).length === 2, { what: 'their children' });
    const waiting = await shop.add('commit b.txt');
    worker.signal(signal);
    expect(await worker.ended).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
    for (const id of ids) {
      const { stage, attempts, history, holder } = await shop.item(id);
      expect({ stage, attempts, holder }).toEqual({ stage: 'current', attempts: 0, holder: undefined });
      expect(history.at(-1)).toMatchObject({ event: 'released' });
      expect(worker.lines()).toContain(`${id} stopped, and free again`);
    }
    expect(shop.starts(waiting)).toBe(0);
    if (isLinux) await shop.expectNothingLeft();
  });

  test.runIf(isLinux)('kills at once when it is told a second time', async () => {
    shop = await Workshop.open({}, { stopMaxMs: 10_000 });
    const id = await shop.add('stubborn\nchild\nprint on\nhang');
    const worker = shop.start();
    await shop.agent(id);
    await until(() => shop.records().some(({ child }) => child), { what: 'its child' });
    // Nobody can be told how it ended.
    const holder = Number((await runCli(shop.sandbox, shop.repository.main, ['start'])).stdout.match(/\d+/)?.[0]);
    process.kill(holder, 'SIGSTOP');
    try {
      worker.signal('SIGTERM');
      const agents = shop.records().map(({ pid, child }) => child ?? pid);
      await until(
        () => {
          worker.signal('SIGTERM');
          return agents.filter(isRunning).length === 0;
        },
        { what: 'the agents to be gone' },
      );
      expect(await worker.ended).toBe(1);
      expect(worker.lines().at(-1)).toMatch(
        new RegExp(
          `^${id} ended, and the coordinator was not told how: .* told to stop a second time, so what ran was`,
        ),
      );
      expect(worker.lines().at(-1)).toContain('The item comes free by itself');
      expect(worker.stderr()).toBe('');
    } finally {
      process.kill(holder, 'SIGCONT');
    }
    await until(async () => (await shop.item(id)).holder === undefined, { what: 'the item to be free' });
  });
});
