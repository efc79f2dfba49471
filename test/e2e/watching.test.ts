import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { holderOf, killCoordinator, readLog } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
let a: Session;
let b: Session;

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
  a = await openSession(sandbox, repository.worktree('feat/a'));
  b = await openSession(sandbox, repository.worktree('feat/b'));
  await Promise.all([a.call('status'), b.call('status')]);
});

afterEach(() => sandbox.dispose());

async function edit(branch: string, path: string, text = 'changed\n'): Promise<void> {
  const file = join(repository.worktree(branch), path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

function git(branch: string, ...args: string[]): Promise<string> {
  return repository.git(repository.worktree(branch), ...args);
}

/** The commits that were announced in the name of feat-a, oldest first. */
async function announced(): Promise<(string | undefined)[]> {
  const messages = await readLog(sandbox, repository);
  return messages.flatMap((message) =>
    message.type === 'agent.artifact' && message.agent_id === 'feat-a' ? [message.payload.commit] : [],
  );
}

async function row(agent: string) {
  const { agents } = await b.call('status', { agent, detail: 'full' });
  return agents[0];
}

describe('the coordinator sees', () => {
  it('changed files, by their real names, in the name of the agent', async () => {
    for (const name of ['a b.txt', 'café.txt', 'x -> y.txt', 'we"ird.txt', 'new/folder/deep.txt'])
      await edit('feat/a', name);
    const files = ['a b.txt', 'café.txt', 'new/folder/deep.txt', 'we"ird.txt', 'x -> y.txt'];
    await until(async () => JSON.stringify((await row('feat-a'))?.modified_files) === JSON.stringify(files), {
      what: 'all files in the roster',
    });
    expect(await row('feat-a')).toMatchObject({ status: 'working' });
    expect((await b.call('poll')).messages).toEqual([]);
  });

  it('a commit from any shell, with its own files, and asks for its verification', async () => {
    await edit('feat/a', 'src/x.ts');
    await edit('feat/a', 'left.ts');
    await git('feat/a', 'add', 'src/x.ts');
    await git('feat/a', 'commit', '-qm', 'x');
    const commit = await git('feat/a', 'rev-parse', 'HEAD');
    const { messages } = await b.call('poll', { wait_seconds: 10 });
    expect(messages).toMatchObject([
      {
        type: 'agent.artifact',
        from: 'feat-a',
        payload: { status: 'committed', commit, modified_files: ['src/x.ts'] },
      },
    ]);
    const supervisor = await openSession(sandbox, repository.main, { args: ['--role', 'supervisor'] });
    const mail = (await supervisor.call('poll', { wait_seconds: 10 })).messages;
    expect(mail).toContainEqual(
      expect.objectContaining({ type: 'supervisor.verify-now', payload: { branch_id: 'feat-a', commit } }),
    );
    const request = mail.find((message) => message.type === 'supervisor.verify-now');
    expect(await supervisor.call('publish', { type: 'verified', re: request?.seq })).toMatchObject({ commit });
    expect(await row('feat-a')).toMatchObject({ status: 'verified' });
  });

  it('a rebase of many commits as one', async () => {
    for (let index = 0; index < 5; index += 1)
      await repository.commit(repository.worktree('feat/a'), { [`f${index}.ts`]: `${index}\n` });
    const before = await git('feat/a', 'rev-parse', 'HEAD');
    await until(async () => (await announced()).at(-1) === before, { what: 'the commits' });
    const count = (await announced()).length;
    await repository.commit(repository.main, { 'base.ts': 'base\n' });
    await git('feat/a', 'rebase', '-q', 'main');
    const tip = await git('feat/a', 'rev-parse', 'HEAD');
    await until(async () => (await announced()).at(-1) === tip, { what: 'the rebase' });
    expect(await announced()).toHaveLength(count + 1);
  });

  it('a commit that was made while it was down, once', async () => {
    await repository.commit(repository.worktree('feat/a'), { 'first.ts': '1\n' });
    await until(async () => (await announced()).length === 1, { what: 'the first commit' });
    await a.close();
    await b.close();
    await killCoordinator(repository);
    const commit = await repository.commit(repository.worktree('feat/a'), { 'second.ts': '2\n' });
    b = await openSession(sandbox, repository.worktree('feat/b'));
    await b.call('status');
    await until(async () => (await announced()).length === 2, { what: 'the second commit' });
    expect(await announced()).toContain(commit);
  });

  it('that files have become clean or are merged while it was down', async () => {
    await edit('feat/a', 'undone.ts');
    await repository.commit(repository.worktree('feat/b'), { 'merged.ts': '1\n' });
    await until(async () => (await row('feat-a'))?.modified_files !== undefined, { what: 'the change of feat-a' });
    await edit('feat/a', 'merged.ts');
    await until(async () => (await b.call('status')).conflicts?.length === 1, { what: 'a conflict about merged.ts' });
    await a.close();
    await b.close();
    await killCoordinator(repository);
    await rm(join(repository.worktree('feat/a'), 'undone.ts'));
    await repository.git(repository.main, 'merge', '--quiet', '--ff-only', 'feat/b');
    await rm(join(repository.worktree('feat/a'), 'merged.ts'));
    b = await openSession(sandbox, repository.worktree('feat/b'));
    await until(async () => (await row('feat-a'))?.modified_files === undefined, { what: 'feat-a to be clean' });
    await until(async () => (await b.call('status')).conflicts === undefined, { what: 'the conflict to end' });
  });

  it('that two agents change the same file, and that one changes what another holds', async () => {
    await b.call('claim', { paths: ['src/held.ts'], reason: 'mine' });
    await edit('feat/a', 'src/held.ts');
    await until(async () => (await a.call('status')).conflicts?.some(({ shape }) => shape === 'ownership'), {
      what: 'the ownership conflict',
    });
    await edit('feat/a', 'README.md', 'from a\n');
    await edit('feat/b', 'README.md', 'from b\n');
    await until(async () => (await a.call('status')).conflicts?.some(({ shape }) => shape === 'in-flight'), {
      what: 'the in-flight conflict',
    });
    const told = (await a.call('poll')).messages.filter((message) => message.type === 'coordinator.conflict');
    expect(told).toMatchObject([
      { urgent: true, payload: { shape: 'ownership', paths: ['src/held.ts'] } },
      { urgent: true, payload: { shape: 'in-flight', paths: ['README.md'], agents: ['feat-a', 'feat-b'] } },
    ]);
    await git('feat/a', 'checkout', '-q', '--', 'README.md');
    await rm(join(repository.worktree('feat/a'), 'src/held.ts'));
    await until(async () => (await a.call('status')).conflicts === undefined, { what: 'both conflicts to end' });
  });

  it('worktrees come and go', async () => {
    const path = await repository.addWorktree('feat/new');
    await until(async () => (await b.call('status')).offline?.includes('feat-new'), { what: 'the new agent' });
    await repository.git(repository.main, 'worktree', 'remove', path);
    await until(async () => !(await b.call('status')).offline?.includes('feat-new'), { what: 'the agent to leave' });
  });
});

it('a merge is announced when branch and worktree are gone, and not of a branch that never was', async () => {
  const supervisor = await openSession(sandbox, repository.main, { args: ['--role', 'supervisor'] });
  const commit = await repository.commit(repository.worktree('feat/a'), { 'a.txt': 'a' });
  await until(async () => (await announced()).includes(commit), { what: 'the commit' });
  await repository.git(repository.main, 'merge', '--quiet', '--ff-only', 'feat/a');
  await a.close();
  await repository.git(repository.main, 'worktree', 'remove', repository.worktree('feat/a'));
  await repository.git(repository.main, 'branch', '--delete', 'feat/a');
  await until(async () => !(await b.call('status')).agents.some(({ agent_id }) => agent_id === 'feat-a'), {
    what: 'the agent to leave',
  });
  const merged = { type: 'advanced-main', merged_branch: 'feat/a' };
  expect(await supervisor.call('publish', merged)).toMatchObject({ commit, to: ['feat-b', 'main'] });
  expect(await supervisor.call('publish', { ...merged, merged_branch: 'feat/bb' })).toMatchObject({ commit });
  expect(await supervisor.call('publish', { ...merged, commit: 'deadbeef' })).toMatchObject({ commit: 'deadbeef' });
});

it('finished work keeps the claims on files that were changed a moment ago', async () => {
  await a.call('claim', { paths: ['clean.ts', 'fresh.ts'] });
  await edit('feat/a', 'fresh.ts');
  expect(await a.call('publish', { type: 'artifact' })).toMatchObject({ released: ['clean.ts'] });
  expect((await b.call('status')).claims).toMatchObject([{ path: 'fresh.ts', holder: 'feat-a' }]);
});

describe.runIf(process.platform === 'linux')('the process of the coordinator', () => {
  /** The fields after the name of what `/proc` tells of a process or thread: state, parent … */
  function fieldsOf(stat: string): string[] {
    return readFileSync(stat, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  }

  it('lets the thread that watches give way to the one that answers', async () => {
    const { pid } = holderOf(repository);
    // The nineteenth field of all, of which two stand before the end of the name.
    const nice = (thread: string | number): number => Number(fieldsOf(`/proc/${pid}/task/${thread}/stat`)[16]);
    const own = nice(pid);
    await until(() => readdirSync(`/proc/${pid}/task`).some((thread) => nice(thread) > own), {
      what: 'a modest thread',
    });
  });

  it('leaves no child that has ended uncollected', async () => {
    const { pid } = holderOf(repository);
    const hasEnded = (process: string): boolean => {
      try {
        const [state, parent] = fieldsOf(`/proc/${process}/stat`);
        return state === 'Z' && Number(parent) === pid;
      } catch {
        return false;
      }
    };
    const ended = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && hasEnded(name));
    await until(() => ended().length === 0, { what: 'every child to be collected' });
  });
});
