import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readStatus } from '../../../src/watch/status.ts';
import type { TestRepository } from '../../harness/repository.ts';
import { makeSandbox } from '../../harness/sandbox.ts';
import { until } from '../../harness/until.ts';
import { bundleWorker, watch } from '../../watch/support.ts';
import { LONG } from '../form.ts';
import { type Random, randomFor } from '../random.ts';

const ROUNDS = LONG ? 2000 : 40;
/** Shorter than the time after which everything is looked at without a reason, in milliseconds. */
const SEEN_MAX_MS = 20_000;
const TRACKED = Array.from({ length: 40 }, (_, n) => `d${n % 5}/e${n % 3}/f${n}.txt`);
const PATHS = [...TRACKED, 'x.txt', 'd0/new.txt', 'd1/a.log', 'out/z', 'n/m/k.txt', 'n/m.txt', 'd9'];
const IGNORED = ['', '*.log\n', '*.log\nout/\n', 'd1/\nx.txt\n'];

test('whatever is done to a worktree, what is told of it comes to be what git says', async () => {
  await using sandbox = await makeSandbox();
  const files = Object.fromEntries(TRACKED.map((path, n) => [path, `${n}\n`]));
  const repository = await sandbox.repository({ worktrees: ['feat'], files: { ...files, '.gitignore': '*.log\n' } });
  const feat = repository.worktree('feat');
  const watching = await watch(sandbox, repository, await bundleWorker(join(sandbox.root, 'bundle')));
  const git = { env: sandbox.env, signal: new AbortController().signal };
  const random = randomFor('random work');
  const work = workIn(repository, feat, random);

  for (let round = 0; round < ROUNDS; round += 1) {
    const done: string[] = [];
    for (let steps = 1 + random.below(4); steps > 0; steps -= 1) {
      const [name, step] = random.pick(work);
      // Not everything is possible at every moment: a folder may be in the way, or nothing to commit.
      await step().then(
        () => done.push(name),
        () => done.push(`no ${name}`),
      );
      if (random.chance(0.3)) await sleep(random.below(300));
    }
    const told = (): string[] => watching.of('changed', feat).at(-1)?.files ?? [];
    const isSeen = async () => (await readStatus(feat, { ignored: false }, git)).files.join('\0') === told().join('\0');
    const what = `the files after round ${round}: ${done.join(', ')}`;
    await until(isSeen, { what, withinMs: SEEN_MAX_MS });
  }
  expect(watching.problems).toEqual([]);
});

function workIn(repository: TestRepository, folder: string, random: Random): [string, () => Promise<unknown>][] {
  const git = (...args: string[]) => repository.git(folder, ...args);
  const path = (): string => join(folder, random.pick(PATHS));
  const write = async (to: string): Promise<void> => {
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, `${random.below(5)}\n`);
  };
  const replace = async (to: string): Promise<void> => {
    await write(`${to}.new`);
    await rename(`${to}.new`, to);
  };
  return [
    ['write', () => write(path())],
    ['write again', () => write(path())],
    ['replace', () => replace(path())],
    ['remove', () => rm(path(), { recursive: true })],
    ['remove a folder', () => rm(join(folder, `d${random.below(5)}/e${random.below(3)}`), { recursive: true })],
    ['move', () => rename(path(), path())],
    ['move a folder', () => rename(join(folder, `d${random.below(5)}`), join(folder, `d${random.below(7)}`))],
    ['ignore', () => writeFile(join(folder, '.gitignore'), random.pick(IGNORED))],
    ['exclude', () => writeFile(join(repository.commonDir, 'info', 'exclude'), random.pick(['', 'd9\n', 'n/\n']))],
    ['make a repository', () => git('init', '--quiet', 'd2/sub')],
    ['write in it', () => write(join(folder, 'd2/sub/q.txt'))],
    ['add', () => git('add', '--', random.pick(PATHS))],
    ['add all', () => git('add', '--all')],
    ['commit', () => git('commit', '--quiet', '--all', '--message', 'work')],
    ['undo a commit', () => git('reset', '--quiet', '--soft', 'HEAD~1')],
    ['throw away', () => git('reset', '--quiet', '--hard')],
    ['check out', () => git('checkout', '--quiet', '--', '.')],
    ['stash', () => git('stash', '--include-untracked')],
    ['unstash', () => git('stash', 'pop')],
    ['clean', () => git('clean', '--quiet', '-ffdx')],
    ['git status', () => git('status')],
  ];
}
