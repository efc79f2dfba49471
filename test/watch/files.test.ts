import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { bundleWorker, type Watching, watch } from './support.ts';

let sandbox: Sandbox;
let repository: TestRepository;
let feat: string;
let url: URL;

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({
    worktrees: ['feat'],
    files: { 'a.txt': 'a\n', 'src/b.txt': 'b\n', '.gitignore': 'ignored/\n*.log\n' },
  });
  feat = repository.worktree('feat');
  url = await bundleWorker(join(sandbox.root, 'bundle'));
});
afterEach(() => sandbox.dispose());

async function write(name: string, content = 'new\n', folder = feat): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
}

function lastFiles({ of }: Watching, worktree = feat): string[] | undefined {
  return of('changed', worktree).at(-1)?.files;
}

describe('changed files', () => {
  test('a clean start is told once, since an earlier run may have told otherwise, and all is watched by events', async () => {
    const watching = await watch(sandbox, repository, url);
    for (const kind of ['changed', 'branchFiles'])
      expect(watching.first.filter((fact) => fact.kind === kind)).toEqual(
        expect.arrayContaining([
          { kind, worktree: repository.main, files: [] },
          { kind, worktree: feat, files: [] },
        ]),
      );
    await watching.watcher.look();
    expect(watching.of('changed')).toEqual([]);
    expect(watching.of('branchFiles')).toEqual([]);
    expect(watching.of('problem')).toEqual([]);
    expect(watching.of('mode').map(({ worktree, how }) => [worktree, how])).toEqual(
      expect.arrayContaining([
        [repository.main, 'events'],
        [feat, 'events'],
      ]),
    );
  });

  test('a tree that is dirty at the start is told, and when it becomes clean', async () => {
    await write('a.txt');
    const watching = await watch(sandbox, repository, url);
    expect(watching.of('changed')).toEqual([{ kind: 'changed', worktree: feat, files: ['a.txt'] }]);
    await repository.git(feat, 'checkout', '--quiet', '--', 'a.txt');
    await watching.seen('changed', ({ files }) => files.length === 0);
  });

  test('a new file is seen without being asked for', async () => {
    const watching = await watch(sandbox, repository, url);
    await write('c.txt');
    await watching.seen('changed', ({ files }) => files.includes('c.txt'));
    expect(lastFiles(watching)).toEqual(['c.txt']);
  });

  test('names are real, whatever is in them', async () => {
    const watching = await watch(sandbox, repository, url);
    const names = ['a b.txt', 'café.txt', 'x -> y.txt', 'we"ird.txt', 'new folder/deep/日本.txt', ' lead', 'tab\there'];
    for (const name of names) await write(name);
    await watching.watcher.look();
    expect(lastFiles(watching)).toEqual([...names].sort());
  });

  test('a rename gives both names, staged or not', async () => {
    const watching = await watch(sandbox, repository, url);
    await rename(join(feat, 'a.txt'), join(feat, 'z -> z.txt'));
    await watching.watcher.look();
    expect(lastFiles(watching)).toEqual(['a.txt', 'z -> z.txt']);
    watching.clear();
    await repository.git(feat, 'add', '--all');
    await repository.git(feat, 'mv', 'src/b.txt', 'src/c.txt');
    await watching.watcher.look();
    expect(lastFiles(watching)).toEqual(['a.txt', 'src/b.txt', 'src/c.txt', 'z -> z.txt']);
  });

  test('a conflict in a merge is a changed file', async () => {
    await repository.commit(feat, { 'a.txt': 'feat\n' });
    await repository.commit(repository.main, { 'a.txt': 'main\n' });
    const watching = await watch(sandbox, repository, url);
    await expect(repository.git(feat, 'merge', 'main')).rejects.toThrow();
    await watching.seen('changed', ({ worktree, files }) => worktree === feat && files.includes('a.txt'));
    expect(watching.of('problem')).toEqual([]);
  });

  test('ten files at once are one fact', async () => {
    const watching = await watch(sandbox, repository, url);
    for (let n = 0; n < 10; n += 1) await write(`many/${n}.txt`);
    await watching.seen('changed', ({ files }) => files.length === 10);
    await watching.watcher.look();
    expect(watching.of('changed')).toHaveLength(1);
  });

  test('ignored files never appear', async () => {
    const watching = await watch(sandbox, repository, url);
    await write('ignored/x.txt');
    await write('debug.log');
    await write('seen.txt');
    await watching.seen('changed', ({ files }) => files.includes('seen.txt'));
    await watching.watcher.look();
    expect(watching.of('changed')).toEqual([{ kind: 'changed', worktree: feat, files: ['seen.txt'] }]);
  });

  test('what .gitignore ignores can change', async () => {
    await write('ignored/x.txt');
    const watching = await watch(sandbox, repository, url);
    await write('.gitignore', '*.log\n');
    await watching.seen('changed', ({ files }) => files.includes('ignored/x.txt'));
    await write('ignored/y.txt');
    await watching.seen('changed', ({ files }) => files.includes('ignored/y.txt'));
  });

  test('folders made one inside the other at once are watched too', async () => {
    const watching = await watch(sandbox, repository, url);
    const deep = Array.from({ length: 30 }, (_, n) => `d${n}`).join('/');
    await write(`${deep}/first.txt`);
    await watching.seen('changed', ({ files }) => files.includes(`${deep}/first.txt`));
    // By then the new folders are watched, and only an event can tell of this file.
    await watching.watcher.look();
    await write(`${deep}/second.txt`);
    await watching.seen('changed', ({ files }) => files.includes(`${deep}/second.txt`));
  });

  test.each([
    ['a link', (path: string) => symlink(sandbox.root, path)],
    ['a file', (path: string) => writeFile(path, 'x')],
  ])('an ignored folder that becomes %s, which is not ignored, is seen', async (_what, make) => {
    await write('.gitignore', 'modules/\n');
    await write('modules/a/x.js');
    await repository.commit(feat, { '.gitignore': 'modules/\n' });
    const watching = await watch(sandbox, repository, url);
    await rm(join(feat, 'modules'), { recursive: true });
    await make(join(feat, 'modules'));
    await watching.seen('changed', ({ files }) => files.includes('modules'));
  });

  test('git is asked only about a file that is saved', async () => {
    const log = join(sandbox.root, 'git.log');
    const programs = join(sandbox.root, 'programs');
    const git = execFileSync('sh', ['-c', 'command -v git'], { env: sandbox.env, encoding: 'utf8' }).trim();
    await write('git', `#!/bin/sh\necho "$@" >> '${log}'\nexec '${git}' "$@"\n`, programs);
    await chmod(join(programs, 'git'), 0o755);
    const env = { ...sandbox.env, PATH: `${programs}:${sandbox.env.PATH}` };
    const watching = await watch(sandbox, repository, url, { env });
    await write('a.txt');
    await watching.seen('changed', ({ files }) => files.includes('a.txt'));
    let saves = 0;
    await until(
      async () => {
        saves += 1;
        await write('a.txt', `${saves}\n`);
        return / status .* -- a\.txt$/m.test(await readFile(log, 'utf8'));
      },
      { what: 'git to be asked about a.txt alone' },
    );
  });

  test('writing again to a changed file is told as touched only', async () => {
    await write('a.txt', 'one\n');
    const watching = await watch(sandbox, repository, url);
    watching.clear();
    await write('a.txt', 'two\n');
    const touched = await watching.seen('touched', () => true);
    expect(touched).toEqual({ kind: 'touched', worktree: feat, files: ['a.txt'] });
    expect(watching.of('changed')).toEqual([]);
  });

  test('more than a thousand files are cut', async () => {
    const watching = await watch(sandbox, repository, url);
    for (let n = 0; n < 1003; n += 1) await write(`many/${String(n).padStart(4, '0')}.txt`, '');
    await watching.watcher.look();
    const fact = watching.of('changed').at(-1);
    expect(fact?.files).toHaveLength(1000);
    expect(fact).toMatchObject({ truncated: 3 });
    expect(fact?.files.at(-1)).toBe('many/0999.txt');
  });

  test('a worktree inside another is no file of it; a nested repository is, and a submodule', async () => {
    const inner = join(repository.main, '.trees', 'inner');
    const other = await sandbox.repository();
    const watching = await watch(sandbox, repository, url);
    await repository.git(repository.main, 'worktree', 'add', '--quiet', '-b', 'inner', inner);
    await repository.git(repository.main, 'clone', '--quiet', other.main, 'nested');
    const allow = ['-c', 'protocol.file.allow=always'];
    await repository.git(repository.main, ...allow, 'submodule', '--quiet', 'add', other.main, 'sub');
    await write('x.txt', 'x', inner);
    await write('sub/README.md', 'changed', repository.main);
    await watching.watcher.look();
    expect(lastFiles(watching, repository.main)).toEqual(['.gitmodules', 'nested', 'sub']);
    expect(lastFiles(watching, inner)).toEqual(['x.txt']);
  });

  test('changes of the index alone are seen', async () => {
    const watching = await watch(sandbox, repository, url);
    await repository.git(feat, 'rm', '--quiet', '--cached', 'a.txt');
    await watching.seen('changed', ({ files }) => files.includes('a.txt'));
    await repository.git(feat, 'reset', '--quiet');
    await watching.seen('changed', ({ files }) => files.length === 0);
  });

  test('a lock that a killed git left behind does not stop the looks', async () => {
    const watching = await watch(sandbox, repository, url);
    await writeFile(join(repository.commonDir, 'worktrees', 'feat', 'index.lock'), '');
    await write('c.txt');
    await watching.watcher.look();
    expect(lastFiles(watching)).toEqual(['c.txt']);
  });

  test('a folder that is deleted by hand is dropped without noise', async () => {
    const watching = await watch(sandbox, repository, url);
    await rm(feat, { recursive: true });
    await watching.seen('worktrees', ({ worktrees }) => worktrees.length === 1);
    await watching.watcher.look();
    expect(existsSync(feat)).toBe(false);
    expect(watching.of('problem')).toEqual([]);
    expect(watching.problems).toEqual([]);
  });
});
