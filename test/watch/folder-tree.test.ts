import { appendFile, chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WatchedTree } from '../../src/watch/folder-events.ts';
import { systemEvents } from '../../src/watch/folder-tree.ts';
import { until } from '../harness/until.ts';

let place: string;
let root: string;
let tree: WatchedTree | undefined;
/** Every path that was told, in the order they came. */
let told: string[];
let newFolders: boolean;
let errors: Error[];

beforeEach(async () => {
  place = await mkdtemp(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-tree-'));
  root = join(place, 'root');
  await make('a/b/one.txt');
  await make('ignored/deep/two.txt');
});
afterEach(async () => {
  tree?.close();
  tree = undefined;
  await rm(place, { recursive: true, force: true });
});

async function make(path: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), 'x');
}

async function open(ignored: string[] = ['ignored']): Promise<void> {
  told = [];
  newFolders = false;
  errors = [];
  tree = await systemEvents(root, new Set(ignored), {
    onEvents: (events) => {
      told.push(...events.paths);
      newFolders ||= events.newFolders;
    },
    onError: (error) => void errors.push(error),
  });
}

const seen = (path: string): Promise<unknown> => until(() => told.includes(path), { what: `an event of ${path}` });

/** What is done last is told last; so everything before it has been told, or never is. */
async function settled(): Promise<void> {
  const mark = `mark-${told.length}-${performance.now()}`;
  await make(mark);
  await seen(mark);
}

test('files are told of when they come, change and go, however deep', async () => {
  await open();
  await appendFile(join(root, 'a/b/one.txt'), 'y');
  await seen('a/b/one.txt');
  await make('a/new.txt');
  await seen('a/new.txt');
  told = [];
  await rm(join(root, 'a/new.txt'));
  await seen('a/new.txt');
  expect(newFolders).toBe(false);
});

test('new folders are watched with all that is in them, also ones made inside each other at once', async () => {
  await open();
  await make('x/y/z/first.txt');
  await seen('x/y/z/first.txt');
  expect(newFolders).toBe(true);
  await make('x/y/z/second.txt');
  await seen('x/y/z/second.txt');
  await make('x/y/later/third.txt');
  await seen('x/y/later/third.txt');
});

test('a folder that is moved is told of under its new name', async () => {
  await open();
  await rename(join(root, 'a'), join(root, 'c'));
  await seen('a');
  await seen('c');
  await appendFile(join(root, 'c/b/one.txt'), 'y');
  await seen('c/b/one.txt');
  await settled();
  told = [];
  await make('c/b/two.txt');
  await settled();
  expect(told.filter((path) => path.startsWith('a'))).toEqual([]);
});

test('a folder that was deleted and made again is watched again', async () => {
  await open();
  await rm(join(root, 'a'), { recursive: true });
  await make('a/b/again.txt');
  await seen('a/b/again.txt');
  await make('a/b/more.txt');
  await seen('a/b/more.txt');
  expect(errors).toEqual([]);
});

test('nothing is told of what is ignored, nor of what a link leads to', async () => {
  await mkdir(join(place, 'elsewhere'));
  await symlink(join(place, 'elsewhere'), join(root, 'link'));
  await open(['ignored', 'a/b']);
  await make('ignored/deep/three.txt');
  await make('a/b/three.txt');
  await writeFile(join(place, 'elsewhere', 'file.txt'), 'x');
  await settled();
  await rm(join(root, 'ignored'), { recursive: true });
  await seen('ignored');
  told = told.filter((path) => path !== 'ignored');
  expect(told.filter((path) => !path.startsWith('mark-') && path !== 'root')).toEqual([]);
});

test('a folder that has become a link is not followed, though the same folders are where it leads', async () => {
  await make('pkg/src/one.txt');
  await mkdir(join(place, 'other/src/deep'), { recursive: true });
  await open();
  await rm(join(root, 'pkg'), { recursive: true });
  await symlink(join(place, 'other'), join(root, 'pkg'));
  await settled();
  await settled();
  told = [];
  await writeFile(join(place, 'other/src/deep/outside.txt'), 'x');
  await settled();
  expect(told.filter((path) => path.startsWith('pkg/'))).toEqual([]);
});

test('the folder itself is told of when it goes, and when another one has its place', async () => {
  await open();
  await rename(root, join(place, 'away'));
  await seen('');
  tree?.close();
  await rename(join(place, 'away'), root);
  await open();
  await rm(root, { recursive: true });
  await make('a/b/one.txt');
  await seen('');
  expect(errors).toEqual([]);
});

test('what vanishes while it is gone through, and what may not be read, is passed over', async () => {
  for (let index = 0; index < 200; index += 1) await make(`many/${index}/file.txt`);
  await make('secret/file.txt');
  await chmod(join(root, 'secret'), 0o000);
  const removed = rm(join(root, 'many'), { recursive: true });
  await open();
  await removed;
  await chmod(join(root, 'secret'), 0o755);
  await settled();
  expect(errors).toEqual([]);
});

test('a folder that is not there cannot be watched', async () => {
  await expect(systemEvents(join(place, 'none'), new Set(), { onEvents() {}, onError() {} })).rejects.toThrow(/ENOENT/);
});

test('after closing nothing is told, not even what was noted before', async () => {
  await open();
  await make('late.txt');
  tree?.close();
  await make('later.txt');
  const before = [...told];
  await open();
  await settled();
  expect(before).toEqual([]);
});
