import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { currentBranch, locate } from '../../src/repository/locate.ts';

let root: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-locate-')));
  const { PATH } = process.env;
  const who = { GIT_AUTHOR_NAME: 'T', GIT_AUTHOR_EMAIL: 't@t', GIT_COMMITTER_NAME: 'T', GIT_COMMITTER_EMAIL: 't@t' };
  env = { PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1', GIT_CEILING_DIRECTORIES: root, ...who };
});

afterEach(() => rmSync(root, { recursive: true }));

function git(folder: string, ...args: string[]): void {
  execFileSync('git', args, { cwd: folder, env, stdio: 'pipe' });
}

/** A repository with one commit on `main`. */
function repository(name = 'repo'): string {
  const folder = join(root, name);
  mkdirSync(folder);
  git(folder, 'init', '-q', '-b', 'main');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'first');
  return folder;
}

describe('the place of a folder', () => {
  test('has one common directory for all worktrees, from any folder in them', async () => {
    const main = repository();
    const second = join(root, 'wörk tree');
    git(main, 'worktree', 'add', '-q', '-b', 'feat/a', second);
    mkdirSync(join(second, 'src'));
    const commonDir = join(main, '.git');
    expect(await locate(main, { env })).toEqual({ commonDir, gitDir: commonDir, worktree: main });
    expect(await locate(join(second, 'src'), { env })).toMatchObject({ commonDir, worktree: second });
  });

  test('has no worktree in a bare repository', async () => {
    const bare = join(root, 'bare.git');
    git(root, 'init', '-q', '--bare', '-b', 'trunk', bare);
    const place = await locate(bare, { env });
    expect(place).toEqual({ commonDir: bare, gitDir: bare });
    expect(await currentBranch(place, { env })).toBe('trunk');
  });

  test('is not that of GIT_DIR', async () => {
    const main = repository();
    const other = repository('other');
    const place = await locate(main, { env: { ...env, GIT_DIR: join(other, '.git'), GIT_WORK_TREE: other } });
    expect(place.worktree).toBe(main);
  });

  test('is that of CLAUDE_PROJECT_DIR if the folder is in none', async () => {
    const main = repository();
    const outside = join(root, 'outside');
    mkdirSync(outside);
    expect((await locate(outside, { env: { ...env, CLAUDE_PROJECT_DIR: main } })).worktree).toBe(main);
    const elsewhere = repository('elsewhere');
    expect((await locate(elsewhere, { env: { ...env, CLAUDE_PROJECT_DIR: main } })).worktree).toBe(elsewhere);
    await expect(locate(outside, { env: { ...env, CLAUDE_PROJECT_DIR: '' } })).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringMatching(/outside is not in a git repository.*git init/),
    });
  });

  test('cannot be told without git, and the error says so', async () => {
    const main = repository();
    await expect(locate(main, { env: { ...env, PATH: root } })).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringMatching(/git was not found/),
    });
  });

  test('cannot be told where git refuses, and the error repeats why', async () => {
    const main = repository();
    writeFileSync(join(main, '.git/config'), '[core\n');
    await expect(locate(main, { env })).rejects.toThrow(/bad config/);
  });

  test('is not waited for after an abort', async () => {
    await expect(locate(repository(), { env, signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over');
  });
});

describe('the branch', () => {
  const branch = async (folder: string) => currentBranch(await locate(folder, { env }), { env });

  test('is the one checked out, also before its first commit', async () => {
    const main = repository();
    git(main, 'switch', '-q', '-c', 'feat/Auth_X');
    expect(await branch(main)).toBe('feat/Auth_X');
    const empty = join(root, 'empty');
    git(root, 'init', '-q', '-b', 'unborn', empty);
    expect(await branch(empty)).toBe('unborn');
  });

  test('is none on a detached HEAD', async () => {
    const main = repository();
    git(main, 'switch', '-q', '--detach');
    expect(await branch(main)).toBeUndefined();
  });

  test.each(['--merge', '--apply'])('is the one being rebased, with %s', async (backend) => {
    const main = repository();
    const commit = (text: string): void => {
      writeFileSync(join(main, 'a.txt'), text);
      git(main, 'add', '.');
      git(main, 'commit', '-q', '-m', text);
    };
    git(main, 'switch', '-q', '-c', 'feat/a');
    commit('mine');
    git(main, 'switch', '-q', 'main');
    commit('theirs');
    git(main, 'switch', '-q', 'feat/a');
    expect(() => git(main, 'rebase', '-q', backend, 'main')).toThrow();
    expect(await branch(main)).toBe('feat/a');
  });
});
