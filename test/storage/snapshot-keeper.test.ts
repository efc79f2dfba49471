import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import type { PawError } from '../../src/errors/paw-error.ts';
import type { Folded, FoldJob } from '../../src/storage/fold.ts';
import { fold } from '../../src/storage/fold.ts';
import { load } from '../../src/storage/load.ts';
import { SnapshotKeeper, type SnapshotKeeperOptions } from '../../src/storage/snapshot-keeper.ts';
import { appendThrough, openJournal, segmentNames, tempState } from './toy.ts';
import { texts, toyRules } from './toy-rules.ts';

/*
 * - A snapshot is made after so many records or bytes, counting those found at the start; one at a time.
 * - A failure is reported and tried again, and loses nothing.
 * - `close` ends what runs.
 */

function setUp(options: Partial<SnapshotKeeperOptions> = {}) {
  const layout = tempState();
  const journal = openJournal(layout);
  const made: Folded[] = [];
  const failures: PawError[] = [];
  const keeper = new SnapshotKeeper({
    stateDir: layout.folder,
    journal,
    sinceSnapshot: { records: 0, bytes: 0 },
    foldRunner: (job) => fold(job, toyRules),
    onSnapshot: (folded) => made.push(folded),
    onFailure: (error) => failures.push(error),
    maxRecords: 10,
    ...options,
  });
  return { layout, journal, keeper, made, failures };
}

describe('a snapshot is made', () => {
  test('after enough records, again and again, and old segments go', async () => {
    const { layout, journal, keeper, made } = setUp();
    await appendThrough(journal, 9);
    expect(made).toEqual([]);
    for (const last of [10, 20, 30]) {
      await appendThrough(journal, last);
      await vi.waitFor(() => expect(made.at(-1)?.last).toBe(last));
    }
    await keeper.close();
    await journal.close();
    expect(made.map(({ removed }) => removed)).toEqual([0, 1, 1]);
    expect(segmentNames(layout)).toEqual(['000001-000000000021.jsonl']);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 30, state: { texts: texts(30) }, damaged: [] });
  });

  test('after enough bytes', async () => {
    const { journal, keeper, made } = setUp({ maxRecords: 1_000_000, maxBytes: 500 });
    await appendThrough(journal, 20);
    await vi.waitFor(() => expect(made).toHaveLength(1));
    await keeper.close();
    await journal.close();
  });

  test('for what the journal held at the start', async () => {
    const { journal, keeper, made } = setUp({ sinceSnapshot: { records: 9, bytes: 0 } });
    await appendThrough(journal, 1);
    await vi.waitFor(() => expect(made).toEqual([{ last: 1, removed: 0 }]));
    await keeper.close();
    await journal.close();
  });

  test('one at a time; what comes meanwhile counts for the next', async () => {
    const jobs: FoldJob[] = [];
    const finish: (() => void)[] = [];
    const { journal, keeper, made } = setUp({
      foldRunner: async (job) => {
        jobs.push(job);
        await new Promise<void>((resolve) => finish.push(resolve));
        return fold(job, toyRules);
      },
    });
    await appendThrough(journal, 10);
    await vi.waitFor(() => expect(jobs).toHaveLength(1));
    await appendThrough(journal, 25);
    await appendThrough(journal, 26);
    expect(jobs).toHaveLength(1);
    finish[0]?.();
    await vi.waitFor(() => expect(jobs.map(({ through }) => through)).toEqual([10, 26]));
    finish[1]?.();
    await vi.waitFor(() => expect(made.map(({ last }) => last)).toEqual([10, 26]));
    await keeper.close();
    await journal.close();
  });
});

test('a failure is reported, loses nothing, and is tried again', async () => {
  let tries = 0;
  const { layout, journal, keeper, made, failures } = setUp({
    retryMs: 1,
    foldRunner: (job) => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error('ENOSPC')) : fold(job, toyRules);
    },
  });
  await appendThrough(journal, 10);
  await vi.waitFor(() => expect(made).toEqual([{ last: 10, removed: 0 }]));
  expect(failures).toMatchObject([{ code: 'storage', message: expect.stringContaining('ENOSPC') }]);
  await keeper.close();
  await journal.close();
  expect(load(layout.folder, toyRules).state.texts).toEqual(texts(10));
});

test('`close` ends a running snapshot, reports no failure, and begins none', async () => {
  let runs = 0;
  const { journal, keeper, made, failures } = setUp({
    foldRunner: async (_job, signal) => {
      runs += 1;
      await once(signal, 'abort');
      throw signal.reason;
    },
  });
  await appendThrough(journal, 10);
  await vi.waitFor(() => expect(runs).toBe(1));
  await keeper.close();
  await appendThrough(journal, 40);
  await journal.close();
  expect({ runs, made, failures }).toEqual({ runs: 1, made: [], failures: [] });
});
