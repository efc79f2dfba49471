import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git as runGit } from '../../src/repository/git.ts';
import { listWorktrees, worktreeOf } from '../../src/repository/worktrees.ts';

let root: string;
let main: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-worktrees-')));
  const { PATH } = process.env;
  const who = { GIT_AUTHOR_NAME: 'T', GIT_AUTHOR_EMAIL: 't@t', GIT_COMMITTER_NAME: 'T', GIT_COMMITTER_EMAIL: 't@t' };
  env = { PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1', GIT_CEILING_DIRECTORIES: root, ...who };
  main = join(root, 'repo');
  mkdirSync(main);
  git(main, 'init', '-q', '-b', 'main');
  git(main, 'commit', '-q', '--allow-empty', '-m', 'first');
});

afterEach(() => rmSync(root, { recursive: true }));

function git(folder: string, ...args: string[]): void {
  execFileSync('git', args, { cwd: folder, env, stdio: 'pipe' });
}

/** What `git worktree add` has made so far when it has registered a worktree, and not yet said which branch it is on. */
function beginAdding(name: string): string {
  const folder = join(root, name);
  const registered = join(main, '.git', 'worktrees', name);
  mkdirSync(folder);
  mkdirSync(registered, { recursive: true });
  writeFileSync(join(registered, 'locked'), 'initializing');
  writeFileSync(join(registered, 'gitdir'), `${join(folder, '.git')}\n`);
  writeFileSync(join(registered, 'HEAD'), `${'0'.repeat(40)}\n`);
  writeFileSync(join(registered, 'commondir'), '../..\n');
  writeFileSync(join(folder, '.git'), `gitdir: ${registered}\n`);
  return folder;
}

async function paths(): Promise<string[]> {
  return (await listWorktrees(join(main, '.git'), { env })).map(({ path }) => path);
}

test('a worktree that is being added is none yet, whether it has a branch or not', async () => {
  const folder = beginAdding('feat-login');
  expect(await paths()).toEqual([main]);
  git(folder, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  expect(await paths()).toEqual([main]);
  expect(await worktreeOf(join(main, '.git'), 'main', { env })).toMatchObject({ state: 'there' });
  git(folder, 'reset', '--hard', '--quiet');
  expect(await paths()).toEqual([main, folder]);
});

test('a worktree that somebody locked stays one, with commits or without', async () => {
  const folder = join(root, 'locked');
  git(main, 'worktree', 'add', '-q', '-b', 'locked', folder);
  git(main, 'worktree', 'lock', folder);
  expect(await paths()).toEqual([main, folder]);
  git(folder, 'checkout', '-q', '--orphan', 'unborn');
  expect(await paths()).toEqual([main, folder]);
  rmSync(folder, { recursive: true });
  expect(await paths()).toEqual([main]);
});

test('a look that is given up ends with the reason, before git has begun or while it runs', async () => {
  const reason = new Error('the caller has gone');
  await expect(listWorktrees(join(main, '.git'), { env, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const waiting = runGit(main, ['-c', 'alias.wait=!sleep 30', 'wait'], { env, signal: controller.signal });
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});
