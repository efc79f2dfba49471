import { mkdir, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkItemView } from '../../src/protocol/work.ts';
import { runsFolder } from '../../src/repository/layout.ts';
import { noteOwn } from '../../src/repository/own-worktrees.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { configure, killCoordinator, linkTo } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
});
afterEach(() => sandbox.dispose());

/** An item as the operator's command shows it. */
async function shown(id: string): Promise<WorkItemView> {
  const { stdout } = await runCli(sandbox, repository.main, ['work', 'show', id, '--json']);
  return (JSON.parse(stdout) as { item: WorkItemView }).item;
}

async function cli(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(sandbox, repository.main, args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

async function untilStage(session: Session, id: string, stage: string): Promise<void> {
  const inStage = async (): Promise<boolean> =>
    (await session.call('work', { action: 'show', id })).item?.stage === stage;
  await until(inStage, { what: `${id} to be in ${stage}` });
}

it('an item goes from a person’s list through an agent’s commits and a supervisor’s verdicts to the base', async () => {
  await cli('work', 'add', 'Limit', 'logins', '--path', 'src/', '--stage', 'current', '--body', 'At most 5 a minute');
  const a = await openSession(sandbox, repository.worktree('feat/a'));
  const b = await openSession(sandbox, repository.worktree('feat/b'), { era: 'modern' });
  const lead = await openSession(sandbox, repository.main, { args: ['--role', 'supervisor'] });
  await Promise.all([b.call('status'), lead.call('status')]);

  expect(await a.call('claim', { next: true })).toMatchObject({
    granted: true,
    claims: [{ work: 'w1' }, { path: 'src' }],
    item: { id: 'w1', holder: 'feat-a', branch: 'feat/a', body: 'At most 5 a minute' },
  });
  expect(await b.call('claim', { work: 'w1' })).toMatchObject({
    granted: false,
    blocked_by: [{ work: 'w1', holder: 'feat-a', reason: 'Limit logins' }, { path: 'src' }],
  });
  expect((await b.call('status')).work).toEqual({ current: 1 });
  await expect(a.call('work', { action: 'advance', id: 'w1', stage: 'done' })).rejects.toThrow(
    /can go to qa or backlog/,
  );

  await repository.commit(repository.worktree('feat/a'), { 'src/login.ts': 'export {};\n' });
  await untilStage(a, 'w1', 'qa');
  await lead.call('publish', { type: 'feedback', to: 'feat/a', text: 'the limit is 50' });
  await untilStage(a, 'w1', 'current');
  const tip = await repository.commit(repository.worktree('feat/a'), { 'src/login.ts': 'export const limit = 5;\n' });
  await untilStage(a, 'w1', 'qa');
  await lead.call('publish', { type: 'verified', to: 'feat/a', commit: tip });
  expect((await shown('w1')).stage).toBe('merge');
  await repository.git(repository.main, 'merge', '--quiet', '--no-ff', 'feat/a');
  await lead.call('publish', { type: 'advanced-main', merged_branch: 'feat/a' });

  const { stage, history, holder } = await shown('w1');
  expect([stage, holder]).toEqual(['done', undefined]);
  expect(history.map(({ event, to }) => (event === 'moved' ? to : event))).toEqual([
    'added',
    'claimed',
    'qa',
    'current',
    'qa',
    'merge',
    'done',
  ]);
  expect((await b.call('status')).claims).toBeUndefined();
});

describe('many agents', () => {
  it('that ask at once get different items, and dependencies are respected', async () => {
    await cli('start');
    const person = linkTo(sandbox, repository);
    for (let number = 1; number <= 60; number += 1) {
      const depends = number > 55 ? { depends_on: ['w1'] } : {};
      const item = { action: 'add', title: `item ${number}`, stage: 'current', priority: number > 50 ? 9 : 0 } as const;
      await person.request('work', { ...item, ...depends });
    }
    const links = Array.from({ length: 50 }, (_, index) =>
      linkTo(sandbox, repository, { kind: 'agent', agent: `agent-${index}` }),
    );
    await Promise.all(links.map((link) => link.greet()));
    const answers = await Promise.all(links.map((link) => link.request('claim', { next: true })));
    const ids = answers.map(({ item }) => Number(item?.id.slice(1)));
    expect(new Set(ids).size).toBe(50);
    const expected = [51, 52, 53, 54, 55, ...Array.from({ length: 45 }, (_, index) => index + 1)];
    expect([...ids].sort((one, other) => one - other)).toEqual([...expected].sort((one, other) => one - other));
  });

  it('that wait are given the next item as soon as there is one', async () => {
    const a = await openSession(sandbox, repository.worktree('feat/a'));
    const b = await openSession(sandbox, repository.worktree('feat/b'));
    await b.call('status');
    const waiting = a.call('claim', { next: true, wait_seconds: 50 });
    await until(
      async () => (await b.call('status')).agents.some(({ agent_id, online }) => agent_id === 'feat-a' && online),
      {
        what: 'feat-a to be there',
      },
    );
    await b.call('work', { action: 'add', title: 'for whoever waits', stage: 'current' });
    expect(await waiting).toMatchObject({ granted: true, item: { id: 'w1', holder: 'feat-a' } });
    expect(await b.call('claim', { next: true, wait_seconds: 1 })).toMatchObject({
      granted: false,
      note: expect.stringContaining('1 held by others'),
    });
  });
});

describe('an item whose holder vanishes', () => {
  it('is free again after the grace, and blocked after the third time', async () => {
    await configure(repository, { claims: { disconnectGraceSeconds: 0 } });
    await cli('work', 'add', 'fragile', '--stage', 'current');
    const lead = await openSession(sandbox, repository.main, { args: ['--role', 'supervisor'] });
    await lead.call('poll');
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const agent = await openSession(sandbox, repository.worktree('feat/a'));
      expect((await agent.call('claim', { next: true, wait_seconds: 10 })).item?.id).toBe('w1');
      await agent.kill('SIGKILL');
      await until(async () => (await shown('w1')).attempts === attempt, { what: `attempt ${attempt} to be counted` });
    }
    expect((await shown('w1')).blocked?.reason).toContain('3 attempts came to nothing');
    const told = await lead.call('poll');
    expect(told.messages.map(({ payload }) => payload)).toContainEqual({
      text: expect.stringContaining('w1 ("fragile") is blocked'),
    });
    await expect(lead.call('claim', { work: 'w1' })).rejects.toThrow(/is blocked/);
    await cli('work', 'unblock', 'w1');
    expect(await lead.call('claim', { work: 'w1' })).toMatchObject({ granted: true });
  });

  it('keeps it over a crash of the coordinator', async () => {
    await cli('work', 'add', 'lasting', '--path', 'src/', '--stage', 'current');
    const a = await openSession(sandbox, repository.worktree('feat/a'));
    const b = await openSession(sandbox, repository.worktree('feat/b'));
    await b.call('status');
    await a.call('claim', { next: true });
    await killCoordinator(repository);
    expect(await b.call('claim', { work: 'w1' })).toMatchObject({
      granted: false,
      blocked_by: [{ holder: 'feat-a' }, {}],
    });
    expect(await a.call('release', { work: 'w1' })).toMatchObject({ released: ['w1', 'src'] });
    expect(await b.call('claim', { work: 'w1' })).toMatchObject({ granted: true });
  });
});

it('a commit counts for the call that comes right after it', async () => {
  await cli('work', 'add', 'one', '--stage', 'current');
  await cli('work', 'add', 'two', '--stage', 'current');
  const a = await openSession(sandbox, repository.worktree('feat/a'));
  expect((await a.call('claim', { next: true })).item?.id).toBe('w1');
  await repository.commit(repository.worktree('feat/a'), { 'one.txt': 'x\n' });
  expect((await a.call('claim', { next: true })).item?.id).toBe('w2');
  await repository.commit(repository.worktree('feat/a'), { 'two.txt': 'x\n' });
  expect((await a.call('release', { all: true })).released).toEqual(['w1', 'w2']);
  const { items } = JSON.parse(await cli('work', 'list', '--stage', 'qa', '--json')) as { items: { id: string }[] };
  expect(items.map(({ id }) => id)).toEqual(['w1', 'w2']);
});

describe('archiving', () => {
  /** An item that was worked on in a worktree, which a worker has made unless it is `ours`. */
  async function workedOn(id: string, ours = false): Promise<string> {
    const branch = `work/${id}-x`;
    const root = await repository.addWorktree(branch);
    const folder = runsFolder(repository.stateDir, id);
    await mkdir(folder, { recursive: true });
    if (!ours) await noteOwn(folder, root);
    const link = linkTo(sandbox, repository, { kind: 'worker' });
    await link.greet();
    const { assignment } = await link.request('take', {});
    expect(assignment).toMatchObject({ branch, agent_id: `work-${id}-x`, base: 'main', item: { id } });
    const keeper = linkTo(sandbox, repository, { kind: 'worker', agent: assignment?.agent_id, branch, worktree: root });
    const commit = await repository.commit(root, { [`${id}.txt`]: 'x\n' });
    await keeper.request('finish', { id, fence: assignment?.fence ?? 0, outcome: 'done', commit });
    await keeper.close();
    return root;
  }

  it('removes the worktree a worker made, if it is clean and merged, and names it otherwise', async () => {
    for (let number = 1; number <= 3; number += 1) await cli('work', 'add', 'x', '--stage', 'current');
    const [merged, dirty, unmerged] = [await workedOn('w1'), await workedOn('w2'), await workedOn('w3')];
    await repository.git(repository.main, 'merge', '--quiet', 'work/w1-x', 'work/w2-x');
    await repository.git(dirty, 'commit', '--quiet', '--allow-empty', '--message', 'empty');
    await repository.git(repository.main, 'merge', '--quiet', 'work/w2-x');
    await rm(`${dirty}/README.md`);
    for (const id of ['w1', 'w2', 'w3']) for (const stage of ['merge', 'done']) await cli('work', 'advance', id, stage);
    expect(await cli('work', 'advance', 'w1')).toContain(`Its worktree ${merged} was removed.`);
    expect(await cli('work', 'advance', 'w2')).toContain(`${dirty} was left: it has changes that are not committed.`);
    expect(await cli('work', 'advance', 'w3')).toContain(`${unmerged} was left: its branch work/w3-x is not merged`);
    const worktrees = await repository.git(repository.main, 'worktree', 'list');
    expect([merged, dirty, unmerged].map((path) => worktrees.includes(path))).toEqual([false, true, true]);
    expect((await shown('w2')).stage).toBe('archived');
  });

  it('leaves and names the worktree that a person made for the item, though it is clean and merged', async () => {
    await cli('work', 'add', 'x', '--stage', 'current');
    const ours = await workedOn('w1', true);
    await repository.git(repository.main, 'merge', '--quiet', 'work/w1-x');
    for (const stage of ['merge', 'done']) await cli('work', 'advance', 'w1', stage);
    expect(await cli('work', 'advance', 'w1')).toContain(`Its worktree ${ours} was left: no worker has made it.`);
    expect(await repository.git(repository.main, 'worktree', 'list')).toContain(ours);
  });

  it('removes the worktree a worker made also if an agent has finished the item elsewhere', async () => {
    await cli('work', 'add', 'x', '--stage', 'current');
    const made = await workedOn('w1');
    await repository.git(repository.main, 'merge', '--quiet', 'work/w1-x');
    await cli('work', 'advance', 'w1', 'current');
    const a = await openSession(sandbox, repository.worktree('feat/a'));
    expect((await a.call('claim', { work: 'w1' })).item?.branch).toBe('feat/a');
    for (const stage of ['qa', 'merge', 'done']) await cli('work', 'advance', 'w1', stage);
    expect(await cli('work', 'advance', 'w1')).toContain(`Its worktree ${made} was removed.`);
    // Whatever is made there from now on is not a worker's.
    await repository.git(repository.main, 'worktree', 'add', made, 'work/w1-x');
    await cli('work', 'advance', 'w1', 'backlog');
    for (const stage of ['current', 'qa', 'merge', 'done']) await cli('work', 'advance', 'w1', stage);
    expect(await cli('work', 'advance', 'w1')).not.toContain('removed');
  });
});

it('a person sees the whole list, however long it is', async () => {
  await cli('start');
  const link = linkTo(sandbox, repository);
  const adding = Array.from({ length: 203 }, (_, index) =>
    link.request('work', { action: 'add', title: `item ${index}`, stage: index === 0 ? 'backlog' : 'current' }),
  );
  await Promise.all(adding);
  const lines = (await cli('work', 'list')).trimEnd().split('\n');
  expect(lines).toHaveLength(203);
  expect(lines.filter((line) => line.includes('more'))).toEqual([]);
  const { items, more } = JSON.parse(await cli('work', 'list', '--stage', 'current', '--json')) as {
    items: { id: string }[];
    more?: number;
  };
  expect([new Set(items.map(({ id }) => id)).size, more]).toEqual([202, undefined]);
});
