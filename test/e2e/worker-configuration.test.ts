import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { runCli } from '../harness/cli.ts';
import { until } from '../harness/until.ts';
import { agentCommand } from '../worker/agents.ts';
import { configure } from './coordinators.ts';
import { Workshop } from './workers.ts';

let shop: Workshop;
afterEach(() => shop.sandbox.dispose());

/** A PATH on which there is git, and nothing else that may be installed on this machine. */
function folderWithGitAlone(): string {
  const folder = join(shop.sandbox.root, 'only-git');
  mkdirSync(folder);
  symlinkSync(execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim(), join(folder, 'git'));
  return folder;
}

describe('the configuration of a worker', () => {
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

  test('that wants branches pushed takes no items without a remote, until there is one', async () => {
    shop = await Workshop.open();
    const id = await shop.add('commit a.txt', { stage: 'backlog' });
    const refused = await runCli(shop.sandbox, shop.repository.main, ['worker', '--once', '--push']);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/There is no remote to push to; no work item is taken\. Add one with .*\n$/);
    const worker = shop.start();
    await until(() => worker.lines().length > 0, { what: 'the worker' });
    configure(shop.repository, { worker: { command: agentCommand(shop.sandbox), push: true } });
    await until(() => worker.stderr().includes('There is no remote to push to'), { what: 'the complaint' });
    await shop.work({ action: 'advance', id });
    await shop.addOrigin();
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa' });
    const { attempts, history } = await shop.item(id);
    expect([attempts, history.filter(({ event }) => event === 'claimed').length]).toEqual([0, 1]);
    expect(worker.stderr().trim().split('\n')).toHaveLength(1);
  });

  test('wrong usage is told', async () => {
    shop = await Workshop.open();
    const { code, stderr } = await runCli(shop.sandbox, shop.repository.main, ['worker', '--slots', '65']);
    expect(code).toBe(2);
    expect(stderr).toContain('a whole number from 1 to 64');
  });
});
