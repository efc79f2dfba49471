import { existsSync } from 'node:fs';
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gitDirOf } from '../../src/repository/worktrees.ts';
import { Slots } from '../../src/watch/slots.ts';
import { readStatus } from '../../src/watch/status.ts';
import { StatusReader } from '../../src/watch/status-reader.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

let sandbox: Sandbox;
let repository: TestRepository;
let feat: string;
let reader: StatusReader;

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({
    worktrees: ['feat'],
    files: { 'a.txt': 'a\n', 'd/b.txt': 'b\n', 'd/e/c.txt': 'c\n', '[x].txt': 'x\n', '.gitignore': '*.log\nout/\n' },
  });
  feat = repository.worktree('feat');
  reader = await makeReader();
  await reader.readAll({ ignored: false });
});
afterEach(() => sandbox.dispose());

async function makeReader(): Promise<StatusReader> {
  return new StatusReader({ path: feat, gitDir: await gitDirOf(feat), slots: new Slots(1), git: git() });
}

function git() {
  return { env: sandbox.env, signal: new AbortController().signal };
}

async function write(path: string, content = 'new\n'): Promise<string[]> {
  await mkdir(dirname(join(feat, path)), { recursive: true });
  await writeFile(join(feat, path), content);
  return [path];
}

async function allFiles(): Promise<string[]> {
  return (await readStatus(feat, { ignored: false }, git())).files;
}

describe('reading only what was touched', () => {
  const PATHS = ['a.txt', 'd/b.txt', 'd/e/c.txt', 'd/e/new.txt', 'd/new.txt', 'n/x.txt', '[x].txt', 'x.txt', 'y.log'];
  const path = fc.constantFrom(...PATHS);
  const folder = fc.constantFrom('d', 'd/e', 'n');
  const step = fc.oneof(
    fc.record({ what: fc.constant('write' as const), path, content: fc.constantFrom('a\n', 'b\n', 'c\n', 'other\n') }),
    fc.record({ what: fc.constant('remove' as const), path: fc.oneof(path, folder) }),
    fc.record({ what: fc.constant('move' as const), path: fc.oneof(path, folder), to: fc.constantFrom('z', 'd/z') }),
  );

  /** Does it where that is possible; returns what events would tell of. */
  async function take(taken: typeof step extends fc.Arbitrary<infer S> ? S : never): Promise<string[]> {
    if (taken.what === 'write') {
      // A file may be in the way of its folder.
      return write(taken.path, taken.content).catch(() => []);
    }
    if (!existsSync(join(feat, taken.path))) return [];
    if (taken.what === 'remove') {
      await rm(join(feat, taken.path), { recursive: true });
      return [taken.path];
    }
    const into = dirname(taken.to);
    if (existsSync(join(feat, taken.to)) || !existsSync(join(feat, into)) || taken.path === into) return [];
    await rename(join(feat, taken.path), join(feat, taken.to));
    return [taken.path, taken.to];
  }

  test('gives what reading everything gives', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), async (rounds) => {
          for (const round of rounds) {
            const touched = new Set<string>();
            for (const one of round) for (const name of await take(one)) touched.add(name);
            if (touched.size > 0) expect((await reader.readPart(touched))?.files).toEqual(await allFiles());
          }
        })
        .beforeEach(async () => {
          await repository.git(feat, 'checkout', '--quiet', '--force', '--', '.');
          await repository.git(feat, 'clean', '--quiet', '--force', '-d', '-x');
          await reader.readAll({ ignored: false });
        }),
      { numRuns: 60 },
    );
  });

  test('tells of them alone what is ignored', async () => {
    await write('y.log');
    await write('out/deep/y.txt');
    expect(await reader.readPart(new Set(['out/deep/y.txt']))).toMatchObject({ files: [], ignored: ['out/'] });
    expect(await reader.readPart(new Set(['y.log', 'a.txt']))).toMatchObject({ files: [], ignored: ['y.log'] });
  });

  test('a name is no pattern', async () => {
    await write('x.txt');
    expect(await reader.readPart(new Set(['[x].txt']))).toMatchObject({ files: [] });
  });
});

describe('everything has to be read', () => {
  test.each([
    ['before it was read once', forget, ['a.txt']],
    ['when the index has changed', () => repository.git(feat, 'add', '--all'), ['a.txt']],
    ['when the branch was moved from elsewhere', moveBranch, ['a.txt']],
    ['while git writes the index', async () => writeFile(join(await gitDirOf(feat), 'index.lock'), ''), ['a.txt']],
    ['for what lies in another repository', () => repository.git(feat, 'init', '--quiet', 'sub'), ['sub/x.txt']],
    ['when such a repository has ended', endRepository, ['sub/x.txt']],
    ['where there are submodules', () => write('.gitmodules'), ['a.txt']],
    ['for rules about other files', () => undefined, ['d/.gitattributes']],
    ['for what happens in a git directory', () => undefined, ['d/.git/HEAD']],
    ['for a file that has another name too', () => link(join(feat, 'a.txt'), join(feat, 'd/a.txt')), ['a.txt']],
    ['for a name that is no UTF-8', () => undefined, ['caf\ufffd.txt']],
    ['when nothing is known to have changed', () => undefined, []],
    ['when much has', () => undefined, Array.from({ length: 101 }, (_, n) => `${n}.txt`)],
  ])('%s', async (_when, arrange, touched) => {
    await write('a.txt');
    await arrange();
    expect(await reader.readPart(new Set(touched))).toBeUndefined();
  });

  async function forget(): Promise<void> {
    reader = await makeReader();
  }

  async function endRepository(): Promise<void> {
    await repository.git(feat, 'init', '--quiet', 'sub');
    await write('sub/x.txt');
    await reader.readAll({ ignored: false });
    await rm(join(feat, 'sub/.git'), { recursive: true });
  }

  async function moveBranch(): Promise<void> {
    const commit = await repository.commit(repository.main, { 'a.txt': 'main\n' });
    await repository.git(repository.main, 'update-ref', 'refs/heads/feat', commit);
  }
});
