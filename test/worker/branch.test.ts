import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BranchFacts, lookAtBranch } from '../../src/worker/branch.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

const BRANCH = 'work/w1';

let sandbox: Sandbox;
let repository: TestRepository;
let worktree: string;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: [BRANCH] });
  worktree = repository.worktree(BRANCH);
});
afterEach(() => sandbox.dispose());

function look(more: { branch?: string; base?: string; worktree?: { path: string } } = {}): Promise<BranchFacts> {
  const { commonDir } = repository;
  return lookAtBranch(
    { commonDir, branch: BRANCH, base: 'main', worktree: { path: worktree }, ...more },
    { env: sandbox.env },
  );
}

describe('lookAtBranch', () => {
  test('counts commits that the base does not have', async () => {
    expect(await look()).toMatchObject({ ahead: 0, uncommitted: [], isSettled: true });
    await repository.commit(worktree, { 'a.txt': 'a\n' });
    const tip = await repository.commit(worktree, { 'b.txt': 'b\n' });
    expect(await look()).toMatchObject({ tip, ahead: 2 });
    await repository.commit(repository.main, { 'm.txt': 'm\n' });
    expect(await look()).toMatchObject({ tip, ahead: 2 });
    await repository.git(repository.main, 'merge', '--quiet', '--no-edit', BRANCH);
    expect(await look()).toMatchObject({ tip, ahead: 0 });
  });

  test('names what nobody committed, whatever it is called', async () => {
    await repository.commit(worktree, { '.gitignore': 'ignored\n', 'old name': 'x\n', gone: 'x\n' });
    for (const name of ['ignored', 'new ->.txt', 'ü"\n.txt']) writeFileSync(join(worktree, name), 'x');
    await repository.git(worktree, 'mv', 'old name', 'new name');
    rmSync(join(worktree, 'gone'));
    const { uncommitted } = await look();
    expect(uncommitted.sort()).toEqual(['gone', 'new ->.txt', 'new name', 'old name', 'ü"\n.txt'].sort());
  });

  test('sees that the worktree is on another branch, or none', async () => {
    await repository.git(worktree, 'checkout', '--quiet', '--detach');
    expect(await look()).toMatchObject({ isSettled: false });
    await repository.git(worktree, 'checkout', '--quiet', '-b', 'elsewhere');
    expect(await look()).toMatchObject({ isSettled: false });
  });

  test('a branch without a worktree has nothing uncommitted; one that is not there has no tip', async () => {
    writeFileSync(join(worktree, 'a.txt'), 'x');
    const { commonDir } = repository;
    const options = { env: sandbox.env };
    expect(await lookAtBranch({ commonDir, branch: BRANCH, base: 'main' }, options)).toMatchObject({
      uncommitted: [],
      isSettled: true,
    });
    expect(await lookAtBranch({ commonDir, branch: 'nope', base: 'main' }, options)).toEqual({
      ahead: 0,
      uncommitted: [],
      isSettled: true,
    });
  });

  test('takes a tag or a file of that name for no branch', async () => {
    await repository.git(repository.main, 'tag', 'work/w2');
    expect(await look({ branch: 'work/w2' })).not.toHaveProperty('tip');
  });

  test('says so when git fails', async () => {
    await expect(look({ worktree: { path: sandbox.root } })).rejects.toThrow('`git status --porcelain` failed');
  });
});
