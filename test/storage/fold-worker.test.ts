import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { StateRecord } from '../../src/state/records.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { foldInWorker } from '../../src/storage/fold-in-worker.ts';
import { Journal } from '../../src/storage/journal.ts';
import { load } from '../../src/storage/load.ts';
import { readSnapshot } from '../../src/storage/snapshot.ts';
import { SnapshotKeeper } from '../../src/storage/snapshot-keeper.ts';
import { stateRules } from '../../src/storage/state-rules.ts';
import { nthSegment, tempState } from './toy.ts';

/* The worker as it is shipped: bundled, in a thread of its own, with the coordinator's own state. */

let folder = '';
let worker = new URL('file:///');
let stuck = new URL('file:///');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'paw-worker-'));
  const outfile = join(folder, 'fold-worker.mjs');
  const source = join(import.meta.dirname, '../../src/storage/fold-worker.ts');
  await build({ entryPoints: [source], outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'warning' });
  worker = pathToFileURL(outfile);
  const stuckFile = join(folder, 'stuck.mjs');
  writeFileSync(
    stuckFile,
    `import { writeFileSync } from 'node:fs'; import { workerData } from 'node:worker_threads';
     writeFileSync(workerData.stateDir + '/begun', ''); setInterval(() => {}, 1000);`,
  );
  stuck = pathToFileURL(stuckFile);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function stateRecord(n: number): StateRecord {
  return { n, at: 1_700_000_000_000 + n, origin: 'test', events: [{ kind: 'base', base: `base-${n}` }] };
}

async function append(journal: Journal<StateRecord>, last: number): Promise<void> {
  for (let n = journal.last + 1; n <= last; n += 1) journal.append(n - 1, stateRecord(n));
  await journal.synced();
}

test('folds the real state, and the next start uses it', async () => {
  const layout = tempState();
  const journal = new Journal<StateRecord>({ folder: layout.journal, term: 1, last: 0 });
  const made: number[] = [];
  const keeper = new SnapshotKeeper({
    stateDir: layout.folder,
    journal,
    sinceSnapshot: { records: 0, bytes: 0 },
    foldRunner: (job, signal) => foldInWorker(job, signal, worker),
    onSnapshot: ({ last }) => made.push(last),
    maxRecords: 100,
  });
  await append(journal, 100);
  await vi.waitFor(() => expect(made).toEqual([100]), { timeout: 10_000 });
  await append(journal, 150);
  await keeper.close();
  await journal.close();

  const loaded = load(layout.folder, stateRules);
  expect(loaded).toMatchObject({ last: 150, sinceSnapshot: { records: 50 }, damaged: [] });
  expect(loaded.state.record).toBe(150);
  const live = stateRules.createState();
  for (let n = 1; n <= 150; n += 1) stateRules.apply(live, stateRecord(n));
  expect(toSnapshot(loaded.state)).toEqual(toSnapshot(live));
  expect(readSnapshot(layout.snapshot)?.last).toBe(100);
});

test('what the worker throws arrives', async () => {
  const layout = tempState();
  const journal = new Journal<StateRecord>({ folder: layout.journal, term: 1, last: 0 });
  await append(journal, 3);
  await journal.close();
  writeFileSync(nthSegment(layout, 0), 'x');
  const { signal } = new AbortController();
  await expect(foldInWorker({ stateDir: layout.folder, through: 3 }, signal, worker)).rejects.toThrow(/is damaged at/);
  expect(existsSync(layout.snapshot)).toBe(false);
});

test('a worker that is not there is an error, and no crash', async () => {
  const job = { stateDir: folder, through: 1 };
  const { signal } = new AbortController();
  await expect(foldInWorker(job, signal, new URL('file:///no/such/worker.js'))).rejects.toThrow();
});

test('aborting ends the thread', async () => {
  const { folder: stateDir } = tempState();
  const abort = new AbortController();
  const running = foldInWorker({ stateDir, through: 1 }, abort.signal, stuck);
  await vi.waitFor(() => expect(existsSync(join(stateDir, 'begun'))).toBe(true), { timeout: 10_000 });
  abort.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
});
