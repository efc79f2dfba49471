import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { bundleWorker, onlyMove, type Watching, watch } from './support.ts';

let sandbox: Sandbox;
let repository: TestRepository;
let main: string;
let feat: string;
let url: URL;

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat'], files: { 'a.txt': 'a\n', 'b.txt': 'b\n' } });
  main = repository.main;
  feat = repository.worktree('feat');
  url = await bundleWorker(join(sandbox.root, 'bundle'));
});
afterEach(() => sandbox.dispose());

function git(...args: string[]): Promise<string> {
  return repository.git(feat, ...args);
}

function tip(folder = feat): Promise<string> {
  return repository.git(folder, 'rev-parse', 'HEAD');
}

/** Starts watching and forgets what was told of the start. */
async function watching(options: Parameters<typeof watch>[3] = {}): Promise<Watching> {
  const started = await watch(sandbox, repository, url, options);
  started.clear();
  return started;
}

describe('moves of a tip', () => {
  test('the first sight at the start is marked as such', async () => {
    const commit = await repository.commit(feat, { 'c.txt': 'c' });
    const { of } = await watch(sandbox, repository, url);
    expect(of('moved', feat)).toEqual([
      {
        kind: 'moved',
        worktree: feat,
        branch: 'feat',
        tip: commit,
        commits: [commit],
        subjects: ['change'],
        changes: [['c.txt']],
        differing: ['c.txt'],
        files: ['c.txt'],
        firstSight: true,
      },
    ]);
    expect(of('branchFiles')).toEqual([{ kind: 'branchFiles', worktree: feat, files: ['c.txt'] }]);
    expect(of('moved', main)).toMatchObject([{ branch: 'main', commits: [], files: [], firstSight: true }]);
  });

  test('a commit is told with its own files, before the list becomes empty', async () => {
    const told = await watching();
    const from = await tip();
    await writeFile(join(feat, 'unrelated.txt'), 'stays');
    const commit = await repository.commit(feat, { 'café "x".txt': 'c', 'new dir/y.txt': 'y' });
    const fact = await told.seen('moved', () => true);
    const files = ['café "x".txt', 'new dir/y.txt'];
    expect(fact).toEqual({
      kind: 'moved',
      worktree: feat,
      branch: 'feat',
      tip: commit,
      from,
      commits: [commit],
      subjects: ['change'],
      changes: [files],
      differing: files,
      files,
    });
    await told.watcher.look();
    expect(told.of('moved')).toHaveLength(1);
    expect(told.of('branchFiles')).toEqual([{ kind: 'branchFiles', worktree: feat, files }]);
    expect(told.of('changed').at(-1)?.files).toEqual(['unrelated.txt']);
    const clean = told.facts.findLastIndex((one) => one.kind === 'changed');
    expect(told.facts.findIndex((one) => one.kind === 'moved')).toBeLessThan(clean);
  });

  test('an amended commit is rewritten history', async () => {
    await repository.commit(feat, { 'c.txt': 'c' });
    const from = await repository.commit(feat, { 'd.txt': 'd' });
    const told = await watching();
    await writeFile(join(feat, 'e.txt'), 'e');
    await git('add', 'e.txt');
    await git('commit', '--quiet', '--amend', '--no-edit');
    const commit = await tip();
    expect(await onlyMove(told, feat)).toMatchObject({ tip: commit, from, commits: [commit], rewritten: true });
    expect(told.of('moved')[0]?.files).toEqual(['c.txt', 'd.txt', 'e.txt']);
  });

  test('each commit is told with its own files, also after rewritten history', async () => {
    await repository.commit(feat, { 'c.txt': 'c' });
    const told = await watching();
    await repository.commit(feat, { 'd.txt': 'd' });
    await repository.commit(feat, { 'e.txt': 'e' });
    await git('commit', '--quiet', '--allow-empty', '--message', 'nothing');
    await told.watcher.look();
    const ones = told.of('moved').reverse();
    expect(ones.flatMap(({ changes = [] }) => changes)).toEqual([[], ['e.txt'], ['d.txt']]);
    told.clear();
    await git('commit', '--quiet', '--allow-empty', '--amend', '--message', 'still nothing');
    expect(await onlyMove(told, feat)).toMatchObject({ files: ['c.txt', 'd.txt', 'e.txt'], changes: [[]] });
  });

  test('what is as base has it does not differ, whoever of the two has changed it', async () => {
    const told = await watching();
    await repository.commit(feat, { 'a.txt': 'feat\n', 'b.txt': 'feat\n' });
    await told.seen('moved', ({ differing }) => differing?.join() === 'a.txt,b.txt');
    await git('restore', '--source', 'main', 'b.txt');
    await git('commit', '--quiet', '--all', '--message', 'restored');
    await told.seen('moved', ({ differing }) => differing?.join() === 'a.txt');
    await repository.commit(main, { 'a.txt': 'base\n' });
    await repository.commit(feat, { 'a.txt': 'base\n' });
    const { files } = await told.seen('moved', ({ differing }) => differing?.length === 0);
    expect(files).toEqual(['a.txt']);
  });

  test('a rebase of thirty commits is one move, and the worktree stays on its branch', async () => {
    for (let n = 0; n < 30; n += 1) await repository.commit(feat, { [`f${n}.txt`]: 'x' });
    await repository.commit(main, { 'on-base.txt': 'x' });
    const told = await watching();
    const from = await tip();
    await git('rebase', '--quiet', 'main');
    const commit = await tip();
    await told.seen('moved', () => true);
    const move = await onlyMove(told, feat);
    expect(move).toMatchObject({ tip: commit, from, branch: 'feat', rewritten: true });
    expect(move?.commits).toHaveLength(30);
    expect(move?.commits[0]).toBe(commit);
    expect(move?.files).toHaveLength(30);
    for (const { worktrees } of told.of('worktrees')) expect(worktrees[1]?.branch).toBe('feat');
    expect(told.of('changed', feat).at(-1)?.files ?? []).toEqual([]);
  });

  test('a rebase that stops is shown, and told when it is over', async () => {
    await repository.commit(feat, { 'a.txt': 'feat\n' });
    const before = await repository.commit(feat, { 'z.txt': 'z' });
    await repository.commit(main, { 'a.txt': 'main\n' });
    const told = await watching();
    await expect(git('rebase', 'main')).rejects.toThrow();
    const shown = await told.seen('worktrees', ({ worktrees }) => worktrees[1]?.rebasing === true);
    expect(shown.worktrees[1]).toEqual({ path: feat, branch: 'feat', head: before, rebasing: true });
    expect(await onlyMove(told, feat)).toBeUndefined();
    expect(told.of('problem')).toEqual([]);
    await writeFile(join(feat, 'a.txt'), 'both\n');
    await git('add', 'a.txt');
    await git('-c', 'core.editor=true', 'rebase', '--continue');
    expect(await onlyMove(told, feat)).toMatchObject({ from: before, tip: await tip(), rewritten: true });
    expect(told.of('moved')[0]?.commits).toHaveLength(2);
    expect(told.of('worktrees').at(-1)?.worktrees[1]?.rebasing).toBeUndefined();
  });

  test('a rebase that is aborted moves nothing', async () => {
    await repository.commit(feat, { 'a.txt': 'feat\n' });
    await repository.commit(main, { 'a.txt': 'main\n' });
    const told = await watching();
    await expect(git('rebase', 'main')).rejects.toThrow();
    await told.watcher.look();
    await git('rebase', '--abort');
    expect(await onlyMove(told, feat)).toBeUndefined();
  });

  test('a merge of base counts its own commit, and only the files it settled', async () => {
    await repository.commit(feat, { 'a.txt': 'feat\n' });
    await repository.commit(main, { 'a.txt': 'main\n', 'from-base.txt': 'x' });
    const told = await watching();
    const from = await tip();
    await expect(git('merge', 'main')).rejects.toThrow();
    await writeFile(join(feat, 'a.txt'), 'both\n');
    await git('commit', '--quiet', '--all', '--no-edit');
    const commit = await tip();
    const files = ['a.txt'];
    const branch = 'feat';
    expect(await onlyMove(told, feat)).toEqual({
      kind: 'moved',
      worktree: feat,
      branch,
      tip: commit,
      from,
      commits: [commit],
      subjects: ["Merge branch 'main' into feat"],
      changes: [files],
      differing: files,
      files,
    });
  });

  test('a fast forward to base brings nothing of its own', async () => {
    await repository.commit(main, { 'c.txt': 'c' });
    const told = await watching();
    await git('merge', '--quiet', '--ff-only', 'main');
    expect(await onlyMove(told, feat)).toMatchObject({ tip: await tip(), commits: [], files: [] });
  });

  test('a merge of another branch counts the commits it brings', async () => {
    const other = await repository.addWorktree('other');
    const brought = await repository.commit(other, { 'o.txt': 'o' });
    const told = await watching();
    await git('merge', '--quiet', '--no-ff', '--no-edit', 'other');
    expect(await onlyMove(told, feat)).toMatchObject({ commits: [await tip(), brought], files: ['o.txt'] });
  });

  test('a cherry-pick is a move', async () => {
    // Without a parent of its own, the picked commit would be the same one.
    await repository.commit(feat, { 'c.txt': 'c' });
    const picked = await repository.commit(main, { 'p.txt': 'p' });
    const told = await watching();
    await git('cherry-pick', picked);
    expect(await onlyMove(told, feat)).toMatchObject({ tip: await tip(), commits: [await tip()], files: ['p.txt'] });
  });

  test('a reset is a move without commits', async () => {
    const kept = await repository.commit(feat, { 'c.txt': 'c' });
    const from = await repository.commit(feat, { 'd.txt': 'd' });
    const told = await watching();
    await git('reset', '--quiet', '--hard', kept);
    expect(await onlyMove(told, feat)).toMatchObject({
      tip: kept,
      from,
      commits: [],
      files: ['c.txt'],
      rewritten: true,
    });
  });

  test('more than fifty commits are cut and counted', async () => {
    const told = await watching();
    for (let n = 0; n < 53; n += 1) await git('commit', '--quiet', '--allow-empty', '--message', `${n}`);
    await told.watcher.look();
    const all = told.of('moved').flatMap(({ commits, more = 0 }) => [...commits, ...Array<string>(more).fill('')]);
    expect(all).toHaveLength(53);
    const late = await watch(sandbox, repository, url, {
      known: [{ worktree: feat, branch: 'feat', tip: await tip(main) }],
    });
    expect(late.of('moved', feat)[0]).toMatchObject({ more: 3 });
    expect(late.of('moved', feat)[0]?.commits).toHaveLength(50);
  });

  test('work on base is told with all of its commits', async () => {
    const told = await watching();
    const commit = await repository.commit(main, { 'm.txt': 'm' });
    expect(await onlyMove(told, main)).toMatchObject({ branch: 'main', commits: [commit], files: ['m.txt'] });
    expect(told.of('branchFiles')).toEqual([]);
  });

  test('when base takes a branch in, its files are not unmerged any more', async () => {
    await repository.commit(feat, { 'c.txt': 'c' });
    const told = await watching();
    await repository.git(main, 'merge', '--quiet', '--ff-only', 'feat');
    await told.seen('branchFiles', ({ worktree, files }) => worktree === feat && files.length === 0);
  });

  test('another base changes what is unmerged', async () => {
    await repository.commit(feat, { 'c.txt': 'c' });
    await repository.git(main, 'branch', 'next', 'feat');
    const told = await watching();
    told.watcher.setBase('next');
    await told.seen('branchFiles', ({ worktree, files }) => worktree === feat && files.length === 0);
  });
});

describe('changes of branch', () => {
  test('are no moves, there and back', async () => {
    await repository.commit(feat, { 'c.txt': 'c' });
    await git('branch', 'second', 'main');
    const told = await watching();
    await git('switch', '--quiet', 'second');
    await told.seen('worktrees', ({ worktrees }) => worktrees[1]?.branch === 'second');
    await told.watcher.look();
    await git('switch', '--quiet', 'feat');
    expect(await onlyMove(told, feat)).toBeUndefined();
    expect(told.of('worktrees').at(-1)?.worktrees[1]?.branch).toBe('feat');
  });

  test('a commit right after one is a move', async () => {
    await git('branch', 'second', 'main');
    const told = await watching();
    const from = await tip();
    await git('switch', '--quiet', 'second');
    const commit = await repository.commit(feat, { 's.txt': 's' });
    expect(await onlyMove(told, feat)).toMatchObject({ branch: 'second', tip: commit, from, commits: [commit] });
  });

  test('so is one right after a new branch was made', async () => {
    await repository.commit(feat, { 'c.txt': 'c' });
    const told = await watching();
    await git('switch', '--quiet', '--create', 'fresh');
    const commit = await repository.commit(feat, { 'f.txt': 'f' });
    expect(await onlyMove(told, feat)).toMatchObject({
      branch: 'fresh',
      tip: commit,
      commits: [commit],
      files: ['f.txt'],
    });
  });

  test('a fetched branch that is checked out is none', async () => {
    const other = await sandbox.repository();
    await other.git(other.main, 'fetch', '--quiet', main, 'main');
    await other.git(other.main, 'switch', '--quiet', '--create', 'pr', 'FETCH_HEAD');
    await other.commit(other.main, { 'pr.txt': 'pr' });
    const told = await watching();
    await git('fetch', '--quiet', other.main, 'pr:pr');
    await git('switch', '--quiet', 'pr');
    expect(await onlyMove(told, feat)).toBeUndefined();
  });

  test('a renamed branch has not moved', async () => {
    await repository.commit(feat, { 'c.txt': 'c' });
    const told = await watching();
    await git('branch', '--move', 'feat', 'renamed');
    await told.seen('worktrees', ({ worktrees }) => worktrees[1]?.branch === 'renamed');
    expect(await onlyMove(told, feat)).toBeUndefined();
  });

  test('a detached HEAD has no branch; a commit on it is told, a checkout is not', async () => {
    const first = await tip();
    const second = await repository.commit(feat, { 'c.txt': 'c' });
    const told = await watching();
    await git('checkout', '--quiet', '--detach', first);
    const shown = await told.seen('worktrees', () => true);
    expect(shown.worktrees[1]).toEqual({ path: feat, head: first });
    await told.watcher.look();
    await git('checkout', '--quiet', second);
    expect(await onlyMove(told, feat)).toBeUndefined();
    const commit = await repository.commit(feat, { 'd.txt': 'd' });
    const move = await onlyMove(told, feat);
    expect(move).toMatchObject({ tip: commit, from: second, commits: expect.arrayContaining([commit]) });
    expect(move).not.toHaveProperty('branch');
  });
});
