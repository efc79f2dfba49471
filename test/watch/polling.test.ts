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

async function observe(source: EventSource): Promise<Fact[]> {
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

test('where the system reports none', async () => {
  const none = new Error('function not implemented');
  const facts = await observe(() => Promise.reject(none));
  const why = expect.stringContaining(none.message);
  expect(facts.filter(({ kind }) => kind === 'mode')).toEqual(
    expect.arrayContaining([{ kind: 'mode', worktree: feat, how: 'polling', why }]),
  );
  await expectSeen(facts);
  expect(facts.filter(({ kind }) => kind === 'problem')).toHaveLength(1);
});

test.each([
  ["ENOSPC: System limit for number of file watchers reached, watch '/x'", 'max_user_watches'],
  ["EMFILE: too many open files, watch '/x'", 'max_user_instances'],
])('when a limit of the system is reached, with the remedy: %s', async (message, limit) => {
  const facts = await observe(() => Promise.reject(new Error(message)));
  const why = expect.stringContaining(limit);
  expect(facts).toContainEqual({ kind: 'mode', worktree: feat, how: 'polling', why });
  await expectSeen(facts);
});

/** An event source that can be made to fail. */
function failing(): { source: EventSource; fail: () => void; subscriptions: () => number } {
  let made = 0;
  let open: (() => void)[] = [];
  const source: EventSource = async (_root, _ignored, { onError }) => {
    made += 1;
    open.push(() => onError(new Error('broken')));
    return { close: () => {} };
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
