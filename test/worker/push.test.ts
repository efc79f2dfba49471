import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { missingRemote, push } from '../../src/worker/push.ts';
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

async function addRemote(name: string): Promise<string> {
  const path = join(sandbox.root, `${name}.git`);
  await repository.git(repository.main, 'init', '--quiet', '--bare', path);
  await repository.git(repository.main, 'remote', 'add', name, path);
  return path;
}

function pushed(branch = BRANCH): Promise<string | undefined> {
  const folder = join(sandbox.root, 'run');
  mkdirSync(folder, { recursive: true });
  const contained = { folder, signal: new AbortController().signal };
  return push({ commonDir: repository.commonDir, branch, env: sandbox.env, contained });
}

function tipIn(remote: string): Promise<string> {
  return repository.git(remote, 'rev-parse', `refs/heads/${BRANCH}`).catch(() => 'none');
}

test('missingRemote tells before whether a new branch could be pushed somewhere', async () => {
  const missing = (): ReturnType<typeof missingRemote> => missingRemote(repository.commonDir, { env: sandbox.env });
  expect((await missing())?.message).toMatch(/^There is no remote to push to; no work item is taken\. Add one with/);
  await addRemote('one');
  expect(await missing()).toBeUndefined();
  await addRemote('two');
  expect((await missing())?.message).toMatch(/^None of the remotes one, two is called origin/);
  await addRemote('origin');
  expect(await missing()).toBeUndefined();
});

describe('push', () => {
  test('pushes to origin by default, and has the branch follow it', async () => {
    const remotes = [await addRemote('backup'), await addRemote('origin')];
    const tip = await repository.commit(worktree, { 'a.txt': 'a\n' });
    expect(await pushed()).toBeUndefined();
    expect(await Promise.all(remotes.map(tipIn))).toEqual(['none', tip]);
    expect(await repository.git(worktree, 'rev-parse', '--abbrev-ref', '@{upstream}')).toBe(`origin/${BRANCH}`);
  });

  test('pushes to the remote that the branch follows, else to the only one', async () => {
    const only = await addRemote('upstream');
    const tip = await repository.commit(worktree, { 'a.txt': 'a\n' });
    expect(await pushed()).toBeUndefined();
    expect(await tipIn(only)).toBe(tip);
    const origin = await addRemote('origin');
    const next = await repository.commit(worktree, { 'b.txt': 'b\n' });
    expect(await pushed()).toBeUndefined();
    expect(await Promise.all([only, origin].map(tipIn))).toEqual([next, 'none']);
  });

  test('fails where there is nowhere to push to', async () => {
    expect(await pushed()).toContain(`there is no remote to push ${BRANCH} to`);
    await addRemote('one');
    await addRemote('two');
    expect(await pushed()).toContain('there is no remote');
  });

  test('never overwrites what others have pushed', async () => {
    const origin = await addRemote('origin');
    const theirs = await repository.commit(worktree, { 'a.txt': 'theirs\n' });
    expect(await pushed()).toBeUndefined();
    await repository.git(worktree, 'reset', '--quiet', '--hard', 'main');
    await repository.commit(worktree, { 'a.txt': 'ours\n' });
    expect(await pushed()).toMatch(/the push to origin failed \(exit code 1\): .*rejected.*non-fast-forward/);
    expect(await tipIn(origin)).toBe(theirs);
  });

  test('says in git’s words that a remote cannot be reached', async () => {
    await repository.git(repository.main, 'remote', 'add', 'origin', join(sandbox.root, 'nowhere'));
    expect(await pushed()).toMatch(/the push to origin failed \(exit code 128\): .*nowhere/);
  });
});
