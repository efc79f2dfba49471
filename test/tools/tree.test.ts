import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_TREE, type Tree, worktreeTree } from '../../src/tools/tree.ts';

let folder: string;
let tree: Tree;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-tree-')));
  mkdirSync(join(folder, 'repo/src/auth'), { recursive: true });
  writeFileSync(join(folder, 'repo/src/a.ts'), '');
  symlinkSync('src', join(folder, 'repo/current'));
  symlinkSync('nowhere', join(folder, 'repo/dangling'));
  symlinkSync(folder, join(folder, 'repo/up'));
  symlinkSync(join(folder, 'repo'), join(folder, 'alias'));
  tree = worktreeTree(join(folder, 'repo'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the files of a worktree', () => {
  test.each<[string, string | undefined]>([
    ['', ''],
    ['src/a.ts', 'src/a.ts'],
    ['src/new/b.ts', 'src/new/b.ts'],
    ['current/a.ts', 'src/a.ts'],
    ['current/new.ts', 'src/new.ts'],
    ['dangling', 'dangling'],
    ['src/a.ts/below', 'src/a.ts/below'],
    ['up/x', undefined],
    ['up', undefined],
    ['up/repo/src/a.ts', 'src/a.ts'],
  ])('the real path of "%s" is %s', (path, real) => {
    expect(tree.real(path)).toBe(real);
  });

  test('an absolute path through another name of the worktree is inside', () => {
    expect(tree.real(join(folder, 'alias/src/a.ts'))).toBe('src/a.ts');
    expect(tree.real(join(folder, 'repository'))).toBeUndefined();
  });

  test('a worktree that was moved before the first path is told apart from a defect', () => {
    renameSync(join(folder, 'repo'), join(folder, 'elsewhere'));
    expect(() => tree.real('src/a.ts')).toThrow(
      expect.objectContaining({ code: 'environment', message: expect.stringMatching(/moved or removed.*new session/) }),
    );
  });

  test('what exists is taken literally', () => {
    expect(['src/a.ts', 'src/auth', 'dangling', 'up'].every((path) => tree.exists(path))).toBe(true);
    expect(['src/*.ts', 'src/b.ts', 'src/a.ts/x'].some((path) => tree.exists(path))).toBe(false);
  });

  test('only a regular file is a file', () => {
    expect(tree.isFile('src/a.ts')).toBe(true);
    expect(['', 'src', 'src/b.ts', 'dangling', 'src/a.ts/x'].some((path) => tree.isFile(path))).toBe(false);
    expect(NO_TREE.isFile('src/a.ts')).toBe(false);
  });

  test('without a worktree nothing exists and nothing absolute is inside', () => {
    expect(NO_TREE.exists('src')).toBe(false);
    expect(NO_TREE.real('src/a.ts')).toBe('src/a.ts');
    expect(NO_TREE.real('/src/a.ts')).toBeUndefined();
  });
});
