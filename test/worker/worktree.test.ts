import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noteOwn } from '../../src/repository/own-worktrees.ts';
import { gitDirOf } from '../../src/repository/worktrees.ts';
import { worktreePath } from '../../src/worker/places.ts';
import { ensureWorktree, type WorktreePlace } from '../../src/worker/worktree.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

const BRANCH = 'work/w1-log-in';

let sandbox: Sandbox;
let repository: TestRepository;
let path: string;
/** Where worktrees are noted. */
let folder: string;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository();
  path = join(sandbox.root, 'worktrees', 'w1-log-in');
  folder = join(sandbox.root, 'notes');
  mkdirSync(folder);
});
afterEach(() => sandbox.dispose());

function place(more: Partial<WorktreePlace> = {}): WorktreePlace {
  return {
    commonDir: repository.commonDir,
    branch: BRANCH,
    base: 'main',
    path,
    folder,
    root: repository.main,
    ...more,
  };
}

function ensure(more: Partial<WorktreePlace> = {}, env = sandbox.env): Promise<{ path: string }> {
  return ensureWorktree(place(more), { env });
}

const git = (...args: string[]): Promise<string> => repository.git(repository.main, ...args);

describe('ensureWorktree', () => {
  test('makes branch and worktree at the base, following no other branch', async () => {
    const base = await repository.commit(repository.main, { 'a.txt': 'a\n' });
    await git('config', 'branch.autoSetupMerge', 'always');
    expect(await ensure()).toMatchObject({ path, branch: BRANCH, head: base });
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('a\n');
    expect(await git('config', '--get-regexp', '^branch\\.work').catch(() => 'none')).toBe('none');
  });

  test('checks out a branch that is there, with its commits', async () => {
    await git('branch', BRANCH);
    const there = await repository.addWorktree('other');
    await repository.git(there, 'checkout', '--quiet', BRANCH);
    const tip = await repository.commit(there, { 'b.txt': 'b\n' });
    await repository.git(there, 'checkout', '--quiet', 'other');
    expect(await ensure()).toMatchObject({ path, head: tip });
  });

  test('uses the one it has made before, with what is in it, also where new ones would be elsewhere', async () => {
    await ensure();
    writeFileSync(join(path, 'mine.txt'), 'mine\n');
    const elsewhere = join(sandbox.root, 'elsewhere', 'w1-log-in');
    expect(await ensure({ path: elsewhere })).toMatchObject({ path });
    expect(existsSync(elsewhere)).toBe(false);
    expect(readFileSync(join(path, 'mine.txt'), 'utf8')).toBe('mine\n');
  });

  test('knows its own by their real paths', async () => {
    const link = join(sandbox.root, 'link');
    mkdirSync(join(sandbox.root, 'worktrees'));
    symlinkSync(join(sandbox.root, 'worktrees'), link);
    const given = join(link, 'w1-log-in');
    expect(await ensure({ path: given })).toMatchObject({ path });
    expect(await ensure({ path: given })).toMatchObject({ path });
    expect(await ensure()).toMatchObject({ path });
  });

  test('uses none that no worker has made, and says which', async () => {
    const there = await repository.addWorktree(BRANCH);
    writeFileSync(join(there, 'mine.txt'), 'mine\n');
    const before = await repository.git(there, 'status', '--porcelain');
    await expect(ensure()).rejects.toMatchObject({
      name: 'PawError',
      message: expect.stringContaining(`${BRANCH} is checked out in ${there}, which no worker made`),
    });
    await expect(ensure({ path: there })).rejects.toThrow('which no worker made');
    expect(await repository.git(there, 'status', '--porcelain')).toBe(before);
    expect(existsSync(path)).toBe(false);
    await repository.git(there, 'switch', '--quiet', '--detach');
    expect(await ensure()).toMatchObject({ path, branch: BRANCH });
  });

  test('does not bring another one back to the branch either, though it lies where its own would', async () => {
    const there = await repository.addWorktree('other');
    await expect(ensure({ path: there })).rejects.toThrow('already exists');
    // What was not made then is not taken for its own later.
    await repository.git(there, 'switch', '--quiet', BRANCH);
    await expect(ensure({ path: there })).rejects.toThrow('which no worker made');
  });

  test('forgets no other one whose folder is away for a while', async () => {
    const there = await repository.addWorktree(BRANCH);
    renameSync(there, `${there}.away`);
    await expect(ensure()).rejects.toThrow(/which no worker made.*Its folder does not exist/);
    renameSync(`${there}.away`, there);
    expect(await repository.git(there, 'status', '--porcelain')).toBe('');
  });

  test('never uses the main worktree, whatever is noted', async () => {
    await git('switch', '--quiet', '--create', BRANCH);
    await noteOwn(folder, repository.main);
    await expect(ensure()).rejects.toThrow(`is checked out in ${repository.main}, which no worker made`);
  });

  test('knows one that was made though a hook of git failed', async () => {
    const hook = join(repository.commonDir, 'hooks', 'post-checkout');
    mkdirSync(join(hook, '..'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    await ensure().catch(() => undefined);
    expect(await ensure()).toMatchObject({ path, branch: BRANCH });
  });

  test('a note that is damaged names none', async () => {
    await ensure();
    writeFileSync(join(folder, 'worktrees.json'), '["');
    await expect(ensure()).rejects.toThrow('which no worker made');
  });

  test('finds the branch while it is being rebased', async () => {
    const { path: there } = await ensure();
    await repository.commit(there, { 'README.md': 'theirs\n' });
    await repository.commit(repository.main, { 'README.md': 'ours\n' });
    await expect(repository.git(there, 'rebase', 'main')).rejects.toThrow();
    expect(await ensure()).toMatchObject({ path: there, rebasing: true });
  });

  test('makes it anew where its folder was removed, and forgets no other one', async () => {
    await ensure();
    const other = await repository.addWorktree('other');
    const away = join(sandbox.root, 'away');
    renameSync(other, away);
    rmSync(path, { recursive: true });
    expect(await ensure()).toMatchObject({ path });
    expect(await git('worktree', 'list')).toContain(other);
    renameSync(away, other);
    expect(await repository.git(other, 'status', '--porcelain')).toBe('');
  });

  test('brings its own folder back to the branch, and loses no change by it', async () => {
    await ensure();
    await repository.git(path, 'checkout', '--quiet', '-b', 'elsewhere');
    const other = await repository.commit(path, { 'README.md': 'elsewhere\n' });
    expect(await ensure()).toMatchObject({ path, branch: BRANCH });
    await repository.git(path, 'checkout', '--quiet', '--detach', other);
    writeFileSync(join(path, 'README.md'), 'mine\n');
    await expect(ensure()).rejects.toThrow('would be overwritten');
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toBe('mine\n');
    await repository.git(path, 'checkout', '--quiet', '--', '.');
    await git('branch', '--delete', BRANCH);
    expect(await ensure()).toMatchObject({ path, branch: BRANCH, head: await git('rev-parse', 'main') });
  });

  test('says in git’s words what is in the way, and leaves it', async () => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'precious'), 'x');
    await expect(ensure()).rejects.toMatchObject({
      name: 'PawError',
      message: expect.stringMatching(/git made no worktree in .*w1-log-in: .*already exists/),
    });
    expect(readFileSync(join(path, 'precious'), 'utf8')).toBe('x');
  });

  test('takes no branch for an option, and begins at no base that is not there', async () => {
    await expect(ensure({ branch: '--detach' })).rejects.toThrow('begins with "-"');
    await expect(ensure({ base: 'nowhere' })).rejects.toThrow('There is no commit "nowhere" to begin at');
    await expect(ensure({ base: '--all' })).rejects.toThrow('There is no commit "--all"');
    expect(await git('worktree', 'list')).not.toContain('worktrees');
  });

  test('waits for a lock that another git holds', async () => {
    const lock = join(repository.commonDir, 'refs', 'heads', 'work', 'w1-log-in.lock');
    mkdirSync(join(lock, '..'), { recursive: true });
    writeFileSync(lock, '');
    const { env, calls } = loggedGit();
    const made = ensure({}, env);
    await until(() => calls().filter((call) => call.includes('worktree add')).length > 1, { what: 'a second try' });
    rmSync(lock);
    expect(await made).toMatchObject({ path, branch: BRANCH });
  });

  test('waits for a worktree that is just being made', async () => {
    await ensure();
    const index = join(await gitDirOf(path), 'index');
    await git('worktree', 'lock', '--reason', 'initializing', path);
    renameSync(index, `${index}.later`);
    const { env, calls } = loggedGit();
    const found = ensure({}, env);
    await until(() => calls().filter((call) => call.includes('worktree list')).length > 1, { what: 'a second look' });
    expect(calls().filter((call) => call.includes('worktree add'))).toEqual([]);
    renameSync(`${index}.later`, index);
    await git('worktree', 'unlock', path);
    expect(await found).toMatchObject({ path });
  });

  test('ends by its signal while it waits', async () => {
    const lock = join(repository.commonDir, 'refs', 'heads', 'work', 'w1-log-in.lock');
    mkdirSync(join(lock, '..'), { recursive: true });
    writeFileSync(lock, '');
    const { env, calls } = loggedGit();
    const ending = new AbortController();
    const made = ensureWorktree(place(), { env, signal: ending.signal });
    await until(() => calls().some((call) => call.includes('worktree add')), { what: 'the first try' });
    ending.abort(new Error('enough'));
    await expect(made).rejects.toThrow();
    expect(existsSync(path)).toBe(false);
  });

  test('many at once do not fail each other', async () => {
    const numbers = Array.from({ length: 12 }, (_, number) => number);
    const made = await Promise.all(
      numbers.map((number) =>
        ensure({
          branch: `work/w${number}`,
          path: join(sandbox.root, 'worktrees', `w${number}`),
          folder: mkdtempSync(join(folder, 'w')),
        }),
      ),
    );
    expect(made.map((worktree) => readFileSync(join(worktree.path, 'README.md'), 'utf8'))).toEqual(
      numbers.map(() => '# test\n'),
    );
    expect((await git('worktree', 'list', '--porcelain')).includes('locked')).toBe(false);
  });

  test('waits while another git is half-way through adding a worktree', async () => {
    await ensure({ branch: 'other', path: join(sandbox.root, 'worktrees', 'other') });
    const file = join(repository.commonDir, 'worktrees', 'other', 'commondir');
    renameSync(file, `${file}.later`);
    writeFileSync(file, '');
    const { env, calls } = loggedGit();
    const made = ensure({}, env);
    await until(() => calls().filter((call) => call.includes('worktree list')).length > 2, { what: 'a third look' });
    renameSync(`${file}.later`, file);
    expect(await made).toMatchObject({ path, branch: BRANCH });
  });

  test('works in a bare repository', async () => {
    const bare = join(sandbox.root, 'project.git');
    await git('clone', '--quiet', '--bare', repository.main, bare);
    const beside = worktreePath({ commonDir: bare, stateDir: join(bare, 'paw') }, undefined, BRANCH);
    expect(beside).toBe(join(sandbox.root, 'project.worktrees', 'w1-log-in'));
    expect(await ensure({ commonDir: bare, path: beside, root: undefined })).toMatchObject({
      path: beside,
      branch: BRANCH,
    });
  });
});

describe('worktreePath', () => {
  const at = (folder?: string, branch = BRANCH): string =>
    worktreePath({ root: '/src/shop', commonDir: '/src/shop/.git', stateDir: '/src/shop/.git/paw' }, folder, branch);

  test('is beside the main worktree, or where it is configured', () => {
    expect(at()).toBe('/src/shop.worktrees/w1-log-in');
    expect(at('../there')).toBe('/src/there/w1-log-in');
    expect(at('/elsewhere')).toBe('/elsewhere/w1-log-in');
  });

  test('leaves its folder whatever the branch is called', () => {
    expect(at(undefined, 'work/w2')).toBe('/src/shop.worktrees/w2');
    expect(at(undefined, 'feat/a/b')).toBe('/src/shop.worktrees/feat-a-b');
    expect(at(undefined, 'work/..')).not.toContain('..');
  });
});

/** An environment in which every call of git is noted before it is made. */
function loggedGit(): { env: Record<string, string>; calls: () => string[] } {
  const bin = join(sandbox.root, 'bin');
  const log = join(sandbox.root, 'git.log');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), `#!/bin/sh\necho "$@" >> ${log}\nPATH=${sandbox.env.PATH}\nexec git "$@"\n`);
  chmodSync(join(bin, 'git'), 0o755);
  return {
    env: { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}` },
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n') : []),
  };
}
