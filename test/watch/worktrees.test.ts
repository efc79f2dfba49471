import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KnownTip } from '../../src/watch/facts.ts';
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

/** Starts watching and forgets what was told of the start. */
async function watching(options: Parameters<typeof watch>[3] = {}): Promise<Watching> {
  const started = await watch(sandbox, repository, url, options);
  started.clear();
  return started;
}

describe('a restart', () => {
  function known(tip: string, worktree = feat): KnownTip[] {
    return [{ worktree, branch: 'feat', tip }];
  }

  test('tells what was committed meanwhile once, and nothing else', async () => {
    const from = await repository.commit(feat, { 'c.txt': 'c' });
    const commits = [await repository.commit(feat, { 'd.txt': 'd' }), await repository.commit(feat, { 'e.txt': 'e' })];
    const told = await watch(sandbox, repository, url, { known: known(from) });
    expect(told.of('moved', feat)).toEqual([
      {
        kind: 'moved',
        worktree: feat,
        branch: 'feat',
        tip: commits[1],
        from,
        commits: commits.reverse(),
        subjects: ['change', 'change'],
        changes: [['e.txt'], ['d.txt']],
        differing: ['c.txt', 'd.txt', 'e.txt'],
        files: ['d.txt', 'e.txt'],
      },
    ]);
    await told.watcher.look();
    expect(told.of('moved', feat)).toHaveLength(1);
  });

  test('tells nothing of a tip that is known', async () => {
    const commit = await repository.commit(feat, { 'c.txt': 'c' });
    const told = await watch(sandbox, repository, url, { known: known(commit) });
    expect(told.of('moved', feat)).toEqual([]);
    expect(told.of('branchFiles', feat)).toHaveLength(1);
  });

  test('bears a known tip that git has thrown away', async () => {
    const commit = await repository.commit(feat, { 'c.txt': 'c' });
    const told = await watch(sandbox, repository, url, { known: known('0123456789'.repeat(4)) });
    expect(told.of('moved', feat)).toMatchObject([
      { tip: commit, commits: [commit], files: ['c.txt'], rewritten: true },
    ]);
    expect(told.of('problem')).toEqual([]);
  });

  test('takes another branch than the known one for a change of branch', async () => {
    const before = await repository.commit(feat, { 'c.txt': 'c' });
    await git('switch', '--quiet', '--create', 'second', 'main');
    await repository.commit(feat, { 's.txt': 's' });
    const told = await watch(sandbox, repository, url, { known: known(before) });
    expect(told.of('moved', feat)).toMatchObject([{ branch: 'second', firstSight: true }]);
  });
});

describe('worktrees that come and go', () => {
  test('one that is added is watched, clean, and silent', async () => {
    const told = await watching();
    const added = await repository.addWorktree('new');
    await told.seen('worktrees', ({ worktrees }) => worktrees.some(({ path }) => path === added));
    await told.seen('mode', ({ worktree }) => worktree === added);
    await told.watcher.look();
    expect(told.of('changed')).toEqual([{ kind: 'changed', worktree: added, files: [] }]);
    expect(told.of('moved', added)).toMatchObject([{ branch: 'new', firstSight: true, commits: [] }]);
    await writeFile(join(added, 'x.txt'), 'x');
    await told.seen('changed', ({ worktree, files }) => worktree === added && files.includes('x.txt'));
  });

  test('one that comes with commits ahead of base is announced', async () => {
    await git('branch', 'ahead');
    await git('switch', '--quiet', '--create', 'tmp');
    const commit = await repository.commit(feat, { 't.txt': 't' });
    await git('switch', '--quiet', 'feat');
    await git('branch', '--force', 'ahead', commit);
    const told = await watching();
    const added = join(sandbox.root, 'ahead');
    await git('worktree', 'add', '--quiet', added, 'ahead');
    const move = await onlyMove(told, added);
    expect(move).toEqual({
      kind: 'moved',
      worktree: added,
      branch: 'ahead',
      tip: commit,
      commits: [commit],
      subjects: ['change'],
      changes: [['t.txt']],
      differing: ['t.txt'],
      files: ['t.txt'],
    });
  });

  test('removed and added again is watched again, and nothing is told twice', async () => {
    await repository.commit(feat, { 'c.txt': 'c' });
    const told = await watching();
    await repository.git(main, 'worktree', 'remove', feat);
    await told.seen('worktrees', ({ worktrees }) => worktrees.length === 1);
    await told.watcher.look();
    await repository.git(main, 'worktree', 'add', '--quiet', feat, 'feat');
    await told.seen('worktrees', ({ worktrees }) => worktrees.length === 2);
    expect(await onlyMove(told, feat)).toMatchObject({ firstSight: true });
    told.clear();
    await writeFile(join(feat, 'x.txt'), 'x');
    await told.seen('changed', ({ worktree, files }) => worktree === feat && files.includes('x.txt'));
    const commit = await repository.commit(feat, { 'x.txt': 'x' });
    expect(await onlyMove(told, feat)).toMatchObject({ tip: commit, commits: [commit] });
    expect(told.of('problem')).toEqual([]);
  });

  test('removed and added again at once is watched again', async () => {
    const told = await watching();
    await rm(feat, { recursive: true });
    await repository.git(main, 'worktree', 'prune');
    await repository.git(main, 'worktree', 'add', '--quiet', feat, 'feat');
    await told.watcher.look();
    await writeFile(join(feat, 'x.txt'), 'x');
    await told.seen('changed', ({ worktree, files }) => worktree === feat && files.includes('x.txt'));
  });

  test('a bare repository has linked worktrees only', async () => {
    const bare = join(sandbox.root, 'bare.git');
    await repository.git(main, 'clone', '--quiet', '--bare', main, bare);
    const inside = join(bare, 'trees', 'one');
    await repository.git(bare, 'worktree', 'add', '--quiet', '-b', 'one', inside);
    const told = await watch(sandbox, { ...repository, commonDir: bare }, url);
    expect(told.of('worktrees')[0]?.worktrees.map(({ path }) => path)).toEqual([inside]);
    const commit = await repository.commit(inside, { 'o.txt': 'o' });
    await told.seen('moved', (move) => move.tip === commit && move.firstSight !== true);
    expect(told.of('problem')).toEqual([]);
  });

  test('a repository without commits is watched until its first', async () => {
    const empty = join(sandbox.root, 'empty');
    await repository.git(sandbox.root, 'init', '--quiet', '--initial-branch=main', empty);
    const told = await watch(sandbox, { ...repository, commonDir: join(empty, '.git') }, url);
    await writeFile(join(empty, 'a.txt'), 'a');
    await told.seen('changed', ({ files }) => files.includes('a.txt'));
    const commit = await repository.commit(empty, { 'a.txt': 'a' });
    const move = await told.seen('moved', () => true);
    expect(move).toMatchObject({ tip: commit, commits: [commit], files: ['a.txt'] });
    expect(told.of('problem')).toEqual([]);
  });
});
