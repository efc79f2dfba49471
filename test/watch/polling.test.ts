import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Fact } from '../../src/watch/facts.ts';
import type { EventSource } from '../../src/watch/folder-events.ts';
import { Observer } from '../../src/watch/observer.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/* Where the system reports no changes: everything is still seen, later. */

let sandbox: Sandbox;
let repository: TestRepository;
let feat: string;

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat'] });
  feat = repository.worktree('feat');
});
afterEach(() => sandbox.dispose());

async function observe(source: EventSource | Error): Promise<Fact[]> {
  const facts: Fact[] = [];
  const stopping = new AbortController();
  const git = { env: sandbox.env, signal: stopping.signal };
  const { commonDir } = repository;
  const observer = new Observer({ commonDir, base: 'main', known: [], git, source, tell: (fact) => facts.push(fact) });
  sandbox.defer(async () => {
    stopping.abort();
    await observer.close();
  });
  await observer.look();
  return facts;
}

async function expectSeen(facts: Fact[]): Promise<void> {
  await writeFile(join(feat, 'x.txt'), 'x');
  await until(() => facts.some((fact) => fact.kind === 'changed' && fact.files.includes('x.txt')), {
    what: 'the file',
  });
  const commit = await repository.commit(feat, { 'x.txt': 'x' });
  await until(() => facts.some((fact) => fact.kind === 'moved' && fact.tip === commit), { what: 'the commit' });
}

test('without the native package', async () => {
  const facts = await observe(new Error('Cannot find package'));
  const why = expect.stringContaining('Cannot find package');
  expect(facts.filter(({ kind }) => kind === 'mode')).toEqual(
    expect.arrayContaining([{ kind: 'mode', worktree: feat, how: 'polling', why }]),
  );
  await expectSeen(facts);
  expect(facts.filter(({ kind }) => kind === 'problem')).toHaveLength(1);
});

test('when the limit of the system is reached, with the remedy', async () => {
  const full = new Error("inotify_add_watch on '/x' failed: No space left on device");
  const facts = await observe({ subscribe: () => Promise.reject(full) });
  const why = expect.stringContaining('max_user_watches');
  expect(facts).toContainEqual({ kind: 'mode', worktree: feat, how: 'polling', why });
  await expectSeen(facts);
});

/** An event source that can be made to fail: each subscription then has an error for its last event. */
function failing(message = 'broken'): { source: EventSource; fail: () => void; subscriptions: () => number } {
  let made = 0;
  let open: (() => void)[] = [];
  const source: EventSource = {
    subscribe(_folder, onEvents) {
      made += 1;
      open.push(() => onEvents(new Error(message), []));
      return Promise.resolve({ unsubscribe: () => Promise.resolve() });
    },
  };
  const fail = (): void => {
    const ended = open;
    open = [];
    for (const end of ended) end();
  };
  return { source, fail, subscriptions: () => made };
}

const modes = (facts: readonly Fact[]): unknown[] => facts.filter(({ kind }) => kind === 'mode');

test('events that cease are asked for anew, and a look in between misses nothing', async () => {
  const { source, fail, subscriptions } = failing();
  const facts = await observe(source);
  const before = subscriptions();
  await writeFile(join(feat, 'unseen.txt'), 'x');
  fail();
  await until(() => facts.some((fact) => fact.kind === 'changed' && fact.files.includes('unseen.txt')), {
    what: 'the file that no event told of',
  });
  await until(() => subscriptions() === 2 * before, { what: 'all to be watched again' });
  expect(modes(facts)).toEqual([
    expect.objectContaining({ how: 'events' }),
    expect.objectContaining({ how: 'events' }),
  ]);
});

test('when events cease again and again', async () => {
  const { source, fail, subscriptions } = failing();
  const facts = await observe(source);
  const watched = subscriptions();
  for (let times = 1; times <= 3; times += 1) {
    fail();
    await until(() => subscriptions() === (times + 1) * watched, { what: `all to be watched again ${times} times` });
  }
  fail();
  expect(facts).toContainEqual(expect.objectContaining({ kind: 'mode', worktree: feat, how: 'polling' }));
  await expectSeen(facts);
});

test('events that a signal has interrupted are asked for anew, however often', async () => {
  const { source, fail, subscriptions } = failing('Unable to poll: Interrupted system call');
  const facts = await observe(source);
  const watched = subscriptions();
  for (let times = 1; times <= 10; times += 1) {
    fail();
    await until(() => subscriptions() === (times + 1) * watched, { what: `all to be watched again ${times} times` });
  }
  expect(modes(facts)).not.toContainEqual(expect.objectContaining({ how: 'polling' }));
});

test('a scan that a vanishing file disturbed is made again', async () => {
  const failed = new Set<string>();
  const source: EventSource = {
    async subscribe(folder) {
      if (!failed.has(folder)) {
        failed.add(folder);
        throw new Error('No such file or directory');
      }
      return { unsubscribe: () => Promise.resolve() };
    },
  };
  const facts = await observe(source);
  expect(facts.filter((fact) => fact.kind === 'mode').map(({ how }) => how)).toEqual(['events', 'events']);
});
