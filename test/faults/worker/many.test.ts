import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { afterEach, expect, test } from 'vitest';
import type { WorkItemView } from '../../../src/protocol/work.ts';
import { Workshop } from '../../e2e/workers.ts';
import { openSession } from '../../harness/mcp.ts';
import { until } from '../../harness/until.ts';
import { recordsFile } from '../../worker/agents.ts';
import { LONG } from '../form.ts';

/*
 * Several workers at once, with agents that crash, hang or do nothing, and an interactive agent beside them: every item
 * ends in qa or blocked, and is never worked on by two at a time.
 */

const WORKERS = 3;
const SLOTS = 2;
const ITEMS = LONG ? 60 : 18;
/** How many of them the interactive agent takes at most: it is quicker than anything that has to be started. */
const SHARE = ITEMS / 6;
/** How long all of it may take, in milliseconds. */
const WITHIN_MS = LONG ? 600_000 : 90_000;

/** What the agents do; the numbers are those of the item, so that no two touch the same file. */
const BODIES: ((number: number) => string)[] = [
  (number) => `commit ${number}.txt`,
  (number) => `edit ${number}.txt\ncrash\n---\ncommit ${number}.txt`,
  (number) => `commit ${number}.txt\nexit 1\n---\nprint it is there already`,
  () => 'print nothing to do',
  (number) => `child\ncommit ${number}.txt`,
  (number) => `stubborn\nhang\n---\ncommit ${number}.txt`,
];

let shop: Workshop;
afterEach(() => shop.sandbox.dispose());

test('many workers and an agent empty the list together', async () => {
  shop = await Workshop.open({ worker: { timeoutSeconds: 5, slots: SLOTS } });
  const workers = Array.from({ length: WORKERS }, () => shop.start());
  await until(() => workers.every((worker) => worker.lines().length > 0), { what: 'the workers' });
  const branch = 'feat/agent';
  const worktree = await shop.repository.addWorktree(branch);
  const agent = await openSession(shop.sandbox, worktree);
  await agent.call('status');
  const ids: string[] = [];
  for (let number = 0; number < ITEMS; number += 1) {
    const body = BODIES[number % BODIES.length]?.(number) ?? '';
    ids.push(await shop.add(body, { title: `Item ${number}`, targets: [{ path: `${number}.txt` }] }));
  }

  const byAgent: string[] = [];
  const records = recordsFile(shop.sandbox);
  const note = (id: string, event: 'start' | 'end'): void =>
    appendFileSync(records, `${JSON.stringify({ id, attempt: 0, pid: process.pid, event })}\n`);
  const settled = async (): Promise<WorkItemView[] | false> => {
    const items = await Promise.all(ids.map((id) => shop.item(id)));
    return items.every(({ stage, blocked }) => stage === 'qa' || blocked !== undefined) && items;
  };
  const enough = new AbortController();
  const working = (async () => {
    while (!enough.signal.aborted && byAgent.length < SHARE) {
      const { item } = await agent.call('claim', { next: true, wait_seconds: 1 });
      if (item === undefined) continue;
      note(item.id, 'start');
      byAgent.push(item.id);
      note(item.id, 'end');
      await shop.repository.commit(worktree, { [`by-agent-${item.id}.txt`]: 'x\n' }, item.title);
      await until(async () => (await shop.item(item.id)).stage !== 'current', { what: `${item.id} to be seen` });
    }
  })();
  const items = await until(settled, { what: 'every item to be in qa or blocked', withinMs: WITHIN_MS });
  enough.abort();
  await working;
  for (const worker of workers) worker.signal('SIGTERM');
  expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual(workers.map(() => 0));

  for (const [number, { id, blocked, attempts }] of items.entries()) {
    expect(await shop.advances(id), id).toBe(blocked ? 0 : 1);
    if (byAgent.includes(id)) continue;
    const isIdle = BODIES[number % BODIES.length] === BODIES[3];
    expect([id, blocked !== undefined]).toEqual([id, isIdle]);
    if (isIdle) expect(attempts).toBe(3);
  }
  expect(byAgent.length).toBeGreaterThan(0);
  const all = shop.records();
  expect(all.filter(({ overlaps }) => overlaps)).toEqual([]);
  expect(new Set(all.map(({ id }) => id))).toEqual(new Set(ids));
  const taken = workers.map((worker) => worker.lines().filter((line) => / started in /.test(line)).length);
  expect(taken.filter((count) => count === 0)).toEqual([]);
  await agent.call('release', { all: true });
  await shop.expectNothingLeft();
});
