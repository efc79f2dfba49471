import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gitDirOf } from '../../src/repository/worktrees.ts';
import { isGitAtWorkIn } from '../../src/worker/git-at-work.ts';
import { removeStaleLocks } from '../../src/worker/stale-locks.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

const BRANCH = 'work/w1';

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: [BRANCH, 'other'] });
});
afterEach(() => sandbox.dispose());

function lock(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}

function remove(path: string | undefined): Promise<void> {
  const worktree = path === undefined ? undefined : { path };
  return removeStaleLocks({ commonDir: repository.commonDir, branch: BRANCH, worktree }, new AbortController().signal);
}

describe('removeStaleLocks', () => {
  test('takes away those of the branch and of its worktree, and no others', async () => {
    const worktree = repository.worktree(BRANCH);
    const own = await gitDirOf(worktree);
    const stale = [
      lock(own, 'index.lock'),
      lock(own, 'HEAD.lock'),
      lock(repository.commonDir, 'refs/heads/work/w1.lock'),
    ];
    const others = [
      lock(await gitDirOf(repository.worktree('other')), 'index.lock'),
      lock(repository.commonDir, 'index.lock'),
      lock(repository.commonDir, 'config.lock'),
      lock(repository.commonDir, 'packed-refs.lock'),
      lock(repository.commonDir, 'refs/heads/other.lock'),
      lock(own, 'locked'),
    ];
    await remove(worktree);
    expect(stale.filter(existsSync)).toEqual([]);
    expect(others.filter((path) => !existsSync(path))).toEqual([]);
    rmSync(join(own, 'locked'));
    await repository.commit(worktree, { 'a.txt': 'a\n' });
  });

  test.runIf(process.platform === 'linux')('takes away none while a git is at work in the worktree', async () => {
    const worktree = repository.worktree(BRANCH);
    const below = join(worktree, 'src');
    mkdirSync(below);
    const stale = lock(await gitDirOf(worktree), 'index.lock');
    // Waits for input in that folder, as a git does whose user writes a commit message.
    const git = spawn('git', ['cat-file', '--batch'], {
      cwd: below,
      env: sandbox.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(git, 'close');
    try {
      await once(git, 'spawn');
      await until(() => isGitAtWorkIn(worktree), { what: 'git at work' });
      expect(await isGitAtWorkIn(repository.worktree('other'))).toBe(false);
      await remove(worktree);
      expect(existsSync(stale)).toBe(true);
    } finally {
      git.stdin?.end();
      await ended;
    }
    await remove(worktree);
    expect(existsSync(stale)).toBe(false);
  });

  test.runIf(process.platform === 'linux')('waits for a git that ends soon', async () => {
    const worktree = repository.worktree(BRANCH);
    const stale = lock(await gitDirOf(worktree), 'index.lock');
    const git = spawn('git', ['cat-file', '--batch'], {
      cwd: worktree,
      env: sandbox.env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(git, 'close');
    await until(() => isGitAtWorkIn(worktree), { what: 'git at work' });
    const removed = remove(worktree);
    git.stdin?.end();
    await ended;
    await removed;
    expect(existsSync(stale)).toBe(false);
  });

  test('without a worktree only that of the branch', async () => {
    const stale = lock(repository.commonDir, 'refs/heads/work/w1.lock');
    const other = lock(repository.commonDir, 'HEAD.lock');
    await remove(undefined);
    expect([stale, other].map(existsSync)).toEqual([false, true]);
  });

  test('leaves a lock that is released and taken again', async () => {
    const path = lock(repository.commonDir, 'refs/heads/work/w1.lock');
    const removed = remove(undefined);
    rmSync(path);
    writeFileSync(path, 'another one');
    await removed;
    expect(existsSync(path)).toBe(true);
  });

  test('is ended by its signal', async () => {
    const path = lock(repository.commonDir, 'refs/heads/work/w1.lock');
    const place = { commonDir: repository.commonDir, branch: BRANCH, worktree: undefined };
    await expect(removeStaleLocks(place, AbortSignal.abort())).rejects.toThrow();
    expect(existsSync(path)).toBe(true);
  });
});
