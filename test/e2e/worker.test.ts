import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, test } from 'vitest';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import { isRunning } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { agentCommand } from '../worker/agents.ts';
import { configure } from './coordinators.ts';
import { Workshop } from './workers.ts';

const isLinux = process.platform === 'linux';

let shop: Workshop;
afterEach(() => shop.sandbox.dispose());

/** A PATH on which there is git, and nothing else that may be installed on this machine. */
function folderWithGitAlone(): string {
  const folder = join(shop.sandbox.root, 'only-git');
  mkdirSync(folder);
  symlinkSync(execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim(), join(folder, 'git'));
  return folder;
}

describe('worker --once', () => {
  test('brings items to qa, has what fails tried again, and blocks what always fails', async () => {
    shop = await Workshop.open();
    const good = await shop.add('print hello\ncommit a.txt\nedit left.txt', { title: 'Fix the log-in' });
    const flaky = await shop.add('print oops\nexit 3\n---\ncommit b.txt');
    const idle = await shop.add('print nothing to do');
    const worker = shop.start(['--once', '--slots', '2', '--follow']);
    expect(await worker.ended).toBe(0);
    expect(worker.stderr()).toBe('');
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
    expect(await shop.start(['--once']).ended).toBe(0);
    expect(shop.records()).toEqual([]);
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
    } finally {
      process.kill(holder, 'SIGCONT');
    }
    await until(async () => (await shop.item(id)).holder === undefined, { what: 'the item to be free' });
  });
});

describe('its configuration', () => {
  test('takes effect for the next run, and what runs goes on', async () => {
    shop = await Workshop.open();
    const go = join(shop.sandbox.root, 'go');
    const first = await shop.add(`wait ${go}\ncommit a.txt`);
    const worker = shop.start();
    await shop.agent(first);
    configure(shop.repository, {
      worker: { command: ['sh', '-c', 'echo "$PAW_WORK_TITLE" > x; git add x; git commit -qm x'], slots: 2 },
    });
    const second = await shop.add('this is no script', { title: 'By the shell' });
    await until(async () => (await shop.item(second)).stage === 'qa', { what: 'the second item in qa' });
    expect(await shop.item(first)).toMatchObject({ stage: 'current' });
    writeFileSync(go, '');
    await until(async () => (await shop.item(first)).stage === 'qa', { what: 'the first item in qa' });
    expect(worker.stderr()).toBe('');
  });

  test('if it is wrong, is told once, and the last good one holds', async () => {
    shop = await Workshop.open();
    const worker = shop.start();
    await until(() => worker.lines().length > 0, { what: 'the worker' });
    configure(shop.repository, { worker: { slots: 0 } });
    await until(() => worker.stderr() !== '', { what: 'the complaint' });
    const id = await shop.add('commit a.txt');
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa' });
    expect(worker.stderr().match(/`worker\.slots` must be/g)).toHaveLength(1);
    expect(worker.stderr().trim().split('\n')).toHaveLength(1);
  });

  test('that names a program which is not there takes no items, until it is', async () => {
    shop = await Workshop.open();
    const worker = shop.start();
    await until(() => worker.lines().length > 0, { what: 'the worker' });
    configure(shop.repository, { worker: { command: ['paw-no-such-program'] } });
    await until(() => worker.stderr().includes('paw-no-such-program was not found on PATH'), { what: 'the complaint' });
    const id = await shop.add('commit a.txt');
    expect(await shop.item(id)).toMatchObject({ attempts: 0, stage: 'current' });
    configure(shop.repository, { worker: { command: agentCommand(shop.sandbox) } });
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa' });
    const { attempts, history } = await shop.item(id);
    expect([attempts, history.filter(({ event }) => event === 'claimed').length]).toEqual([0, 1]);
    expect(worker.stderr().trim().split('\n')).toHaveLength(1);
  });

  test.each([
    [{ command: ['paw-no-such-program'] }, 'paw-no-such-program was not found on PATH, so no work item is taken'],
    [{ command: undefined }, 'claude was not found on PATH'],
    [{ timeoutSeconds: 'long' }, '`worker.timeoutSeconds` must be'],
  ])('%j is refused at the start', async (settings, message) => {
    shop = await Workshop.open({ worker: settings });
    const id = await shop.add('commit a.txt');
    const env = { PATH: folderWithGitAlone() };
    const { code, stdout, stderr } = await runCli(shop.sandbox, shop.repository.main, ['worker', '--once'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(await shop.item(id)).toMatchObject({ attempts: 0, stage: 'current' });
  });

  test('wrong usage is told', async () => {
    shop = await Workshop.open();
    const { code, stderr } = await runCli(shop.sandbox, shop.repository.main, ['worker', '--slots', '65']);
    expect(code).toBe(2);
    expect(stderr).toContain('a whole number from 1 to 64');
  });
});
