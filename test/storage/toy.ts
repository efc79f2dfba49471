import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createStateFolder, type StateLayout } from '../../src/repository/layout.ts';
import { Journal, type JournalOptions } from '../../src/storage/journal.ts';
import { type CreateSegment, createSegmentFile, type SegmentFile } from '../../src/storage/segment-file.ts';
import { record, type ToyRecord } from './toy-rules.ts';

/** A state folder of its own, removed after the test. */
export function tempState(): StateLayout {
  const common = mkdtempSync(join(tmpdir(), 'paw-storage-'));
  onTestFinished(() => rmSync(common, { recursive: true, force: true }));
  return createStateFolder(join(common, 'paw'));
}

export function openJournal(layout: StateLayout, options: Partial<JournalOptions> = {}): Journal<ToyRecord> {
  return new Journal<ToyRecord>({ folder: layout.journal, term: 1, last: 0, ...options });
}

/** Appends the records after the journal's last one up to `last`, and waits for the sync. */
export async function appendThrough(journal: Journal<ToyRecord>, last: number): Promise<void> {
  for (let n = journal.last + 1; n <= last; n += 1) journal.append(n - 1, record(n));
  await journal.synced();
}

/** Writes records 1 to the last of `ends`, one segment for each of `ends`. */
export async function writeSegments(layout: StateLayout, ends: number[], from = 0, term = 1): Promise<void> {
  const journal = openJournal(layout, { term, last: from });
  for (const end of ends) {
    await appendThrough(journal, end);
    await journal.roll();
  }
  await journal.close();
}

export const segmentNames = (layout: StateLayout): string[] => readdirSync(layout.journal).sort();
export const onlySegment = (layout: StateLayout): string => join(layout.journal, segmentNames(layout)[0] ?? '');
export const nthSegment = (layout: StateLayout, index: number): string =>
  join(layout.journal, segmentNames(layout)[index] ?? '');

/** What a `CreateSegment` that can be made to fail has counted, and what it shall do next. */
export interface Faults {
  writes: number;
  syncs: number;
  background: number;
  closes: number;
  opens: number;
  /** Thrown by the next call of that name; a write leaves half of its data behind. */
  failNext: { create?: Error; write?: Error; sync?: Error; truncate?: Error };
  /** How long each blocking sync lasts, in milliseconds. */
  syncMs: number;
  /** Background syncs wait for this. */
  gate: Promise<void>;
}

export function faultySegments(): { faults: Faults; createSegment: CreateSegment } {
  const faults: Faults = {
    writes: 0,
    syncs: 0,
    background: 0,
    closes: 0,
    opens: 0,
    failNext: {},
    syncMs: 0,
    gate: Promise.resolve(),
  };
  const fail = (kind: keyof Faults['failNext']): void => {
    const error = faults.failNext[kind];
    delete faults.failNext[kind];
    if (error) throw error;
  };
  const createSegment: CreateSegment = (folder, name) => {
    fail('create');
    faults.opens += 1;
    return faulty(createSegmentFile(folder, name), faults, fail);
  };
  return { faults, createSegment };
}

function faulty(real: SegmentFile, faults: Faults, fail: (kind: keyof Faults['failNext']) => void): SegmentFile {
  const write = (data: Uint8Array): void => {
    faults.writes += 1;
    try {
      fail('write');
    } catch (error) {
      real.writeSync(data.subarray(0, data.length / 2));
      throw error;
    }
  };
  return {
    path: real.path,
    headerBytes: real.headerBytes,
    writeSync: (data) => {
      write(data);
      real.writeSync(data);
    },
    write: async (data) => {
      write(data);
      await real.write(data);
    },
    syncSync: () => {
      faults.syncs += 1;
      fail('sync');
      real.syncSync();
      if (faults.syncMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, faults.syncMs);
    },
    sync: async () => {
      faults.syncs += 1;
      faults.background += 1;
      await faults.gate;
      fail('sync');
      await real.sync();
    },
    truncate: (length) => {
      fail('truncate');
      real.truncate(length);
    },
    close: () => {
      faults.closes += 1;
      real.close();
    },
  };
}

/** An error as the operating system reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}
