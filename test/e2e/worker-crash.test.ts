import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, test } from 'vitest';
import { runCli } from '../harness/cli.ts';
import { isRunning } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { killCoordinator } from './coordinators.ts';
import { type RunningWorker, Workshop } from './workers.ts';

/*
 * kill -9 of each process at each stage of a run. Afterwards every item is finished, exactly once, and nothing is left.
 */

let shop: Workshop;
afterEach(() => shop.sandbox.dispose());

/** A worker at a stage of the run of one item: stopped there until `open`. */
interface AtStage {
  worker: RunningWorker;
  id: string;
  open: () => void;
}

const STAGES = ['before the worktree', 'while running', 'after the commit', 'while pushing'] as const;
type Stage = (typeof STAGES)[number];

/** What git is asked at the other stages; nothing else asks for it. */
const GIT_AT: Partial<Record<Stage, string>> = {
  'before the worktree': 'worktree add',
  'after the commit': 'rev-list --count',
  'while pushing': 'push --set-upstream',
};

async function at(stage: Stage): Promise<AtStage> {
  shop = await Workshop.open({ worker: { push: true } });
  await shop.addOrigin();
  const words = GIT_AT[stage];
  if (words === undefined) {
    const go = join(shop.sandbox.root, 'go');
    const id = await shop.add(`wait ${go}\ncommit a.txt`);
    const worker = shop.start();
    await shop.agent(id);
    return { worker, id, open: () => writeFileSync(go, '') };
  }
  const { env, reached, open } = shop.gitThatStopsAt(words);
  const id = await shop.add('commit a.txt');
  const worker = shop.start([], env);
  await reached();
  return { worker, id, open };
}

async function expectFinishedOnce(id: string, starts: number): Promise<void> {
  const { branch = '', stage, history, blocked } = await shop.item(id);
  expect({ stage, blocked }).toEqual({ stage: 'qa', blocked: undefined });
  expect(await shop.advances(id)).toBe(1);
  expect(history.at(-1)?.commit).toBe(await shop.tip(branch));
  const origin = join(shop.sandbox.root, 'origin.git');
  expect(await shop.repository.git(origin, 'rev-parse', `refs/heads/${branch}`)).toBe(await shop.tip(branch));
  expect(await shop.repository.git(shop.repository.main, 'rev-list', '--count', `main..${branch}`)).toBe('1');
  expect(shop.starts(id)).toBe(starts);
  expect(shop.records().filter(({ overlaps }) => overlaps)).toEqual([]);
}

async function end(worker: RunningWorker): Promise<void> {
  worker.signal('SIGTERM');
  expect(await worker.ended).toBe(0);
  await shop.expectNothingLeft();
}

describe('kill -9 of the worker', () => {
  const STARTS: Record<Stage, number> = {
    'before the worktree': 1,
    'while running': 2,
    // What is committed is found, and not made again.
    'after the commit': 1,
    'while pushing': 1,
  };

  test.each(STAGES)('%s', async (stage) => {
    const { worker, id, open } = await at(stage);
    const agents = shop.records().map(({ pid }) => pid);
    worker.signal('SIGKILL');
    expect(await worker.ended).toBe(null);
    await until(() => agents.filter(isRunning).length === 0, { what: 'the agent to be gone' });
    open();
    const next = shop.start();
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa', withinMs: 30_000 });
    await expectFinishedOnce(id, STARTS[stage]);
    expect(await shop.item(id)).toMatchObject({ attempts: 1 });
    await end(next);
  });
});

describe('kill -9 of the coordinator', () => {
  test.each(STAGES)('%s', async (stage) => {
    const { worker, id, open } = await at(stage);
    await killCoordinator(shop.repository);
    open();
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa', withinMs: 30_000 });
    await expectFinishedOnce(id, 1);
    expect(await shop.item(id)).toMatchObject({ attempts: 0 });
    await end(worker);
  });

  test('and of the worker, at the same time', async () => {
    const { worker, id, open } = await at('while running');
    const [agent] = shop.records().map(({ pid }) => pid);
    await Promise.all([killCoordinator(shop.repository), worker.signal('SIGKILL')]);
    await until(() => agent !== undefined && !isRunning(agent), { what: 'the agent to be gone' });
    open();
    const next = shop.start();
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa', withinMs: 30_000 });
    await expectFinishedOnce(id, 2);
    await end(next);
  });
});

describe('kill -9 of the agent', () => {
  test('is a failed attempt, and the next one goes on from there', async () => {
    const { worker, id, open } = await at('while running');
    process.kill(await shop.agent(id), 'SIGKILL');
    await shop.agent(id, 2);
    open();
    await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa' });
    await expectFinishedOnce(id, 2);
    expect(worker.lines()).toContain(`${id} failed: ended by SIGKILL (attempt 1 of 3)`);
    await end(worker);
  });
});

test('a coordinator that was stopped is started again for the next item', async () => {
  shop = await Workshop.open();
  const worker = shop.start();
  await until(() => worker.lines().length > 0, { what: 'the worker' });
  expect((await runCli(shop.sandbox, shop.repository.main, ['stop'])).code).toBe(0);
  await until(() => shop.work({ action: 'list' }), { what: 'the next coordinator' });
  const id = await shop.add('commit a.txt');
  await until(async () => (await shop.item(id)).stage === 'qa', { what: 'the item in qa' });
  await end(worker);
});
