import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { load } from '../../src/storage/load.ts';
import { appendThrough, faultySegments, onlySegment, openJournal, segmentNames, tempState } from './toy.ts';
import { record, texts, toyRules } from './toy-rules.ts';

/*
 * - What was synced is there after a new start, in order, byte for byte.
 * - Everything appended in a turn shares one write and one sync; so does everything appended during a sync.
 * - On a slow disk syncs leave the event loop, and come back when it is quick again.
 * - Lazy records hurry nobody and are lost to nobody.
 */

describe('appending', () => {
  test('what was synced is loaded again, over several terms', async () => {
    const layout = tempState();
    const first = openJournal(layout);
    await appendThrough(first, 3);
    await first.close();
    const second = openJournal(layout, { term: 2, last: 3 });
    await appendThrough(second, 5);
    await second.close();

    const loaded = load(layout.folder, toyRules);

    expect(loaded).toMatchObject({ last: 5, state: { texts: texts(5) }, damaged: [] });
    expect(loaded.sinceSnapshot.records).toBe(5);
    expect(segmentNames(layout)).toEqual(['000001-000000000001.jsonl', '000002-000000000004.jsonl']);
  });

  test('no segment is made before there is a record', async () => {
    const layout = tempState();
    await openJournal(layout).close();
    expect(segmentNames(layout)).toEqual([]);
  });

  test('a decision made on an older state is a conflict and leaves no trace', async () => {
    const layout = tempState();
    const journal = openJournal(layout);
    expect(journal.append(0, record(1))).toBe('ok');
    expect(journal.append(0, record(1))).toBe('conflict');
    expect(journal.append(1, record(3))).toBe('conflict');
    expect(journal.append(1, record(2))).toBe('ok');
    await journal.close();
    expect(load(layout.folder, toyRules).state.texts).toEqual(texts(2));
  });

  test('a record on disk is in the file when `synced` resolves', async () => {
    const layout = tempState();
    const journal = openJournal(layout);
    journal.append(0, record(1));
    expect(journal.pending).toBe(true);
    expect(journal.durable).toBe(0);
    await journal.synced();
    expect(journal.pending).toBe(false);
    expect(journal.durable).toBe(1);
    expect(readFileSync(onlySegment(layout), 'utf8')).toContain('record 1');
    await journal.close();
  });

  test('after `close` nothing is taken in', async () => {
    const journal = openJournal(tempState());
    await journal.close();
    expect(() => journal.append(0, record(1))).toThrow(/stopping/);
  });
});

describe('group commit', () => {
  test('a turn shares one write and one sync', async () => {
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(tempState(), { createSegment });
    await appendThrough(journal, 50);
    expect(faults).toMatchObject({ writes: 1, syncs: 1 });
    await appendThrough(journal, 60);
    expect(faults).toMatchObject({ writes: 2, syncs: 2, opens: 1 });
    await journal.close();
    expect(faults.closes).toBe(1);
  });

  test('waiting without anything pending costs no sync and no promise', async () => {
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(tempState(), { createSegment });
    expect(journal.synced()).toBe(journal.synced());
    await journal.synced();
    expect(faults.opens).toBe(0);
  });

  test('on a slow disk batches build up while one is under way, and the order stays', async () => {
    const layout = tempState();
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(layout, { createSegment });
    faults.syncMs = 20;
    await appendThrough(journal, 1);
    let open = (): void => {};
    faults.gate = new Promise((resolve) => {
      open = resolve;
    });

    journal.append(1, record(2));
    await vi.waitFor(() => expect(faults.background).toBe(1));
    const second = journal.synced();
    for (const n of [3, 4, 5]) journal.append(n - 1, record(n));
    const fifth = journal.synced();
    const settled: string[] = [];
    void second.then(() => settled.push(`second, durable ${journal.durable}`));
    void fifth.then(() => settled.push(`fifth, durable ${journal.durable}`));
    expect(journal.durable).toBe(1);
    open();
    await fifth;

    expect(settled).toEqual(['second, durable 2', 'fifth, durable 5']);
    expect(faults.syncs).toBe(3);
    await journal.close();
    expect(load(layout.folder, toyRules).state.texts).toEqual(texts(5));
  });

  test('when the disk is quick again, so is the form of writing', async () => {
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(tempState(), { createSegment });
    faults.syncMs = 20;
    await appendThrough(journal, 1);
    faults.syncMs = 0;
    await appendThrough(journal, 2);
    expect(faults.background).toBe(1);
    for (let n = 3; n <= 300 && faults.background === faults.syncs - 1; n += 1) await appendThrough(journal, n);
    expect(faults.background).toBeLessThan(faults.syncs - 1);
    await journal.close();
  });
});

describe('lazy records', () => {
  test('nobody waits for them, and the next sync takes them along in order', async () => {
    const layout = tempState();
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(layout, { createSegment });
    journal.append(0, record(1), { lazy: true });
    await journal.synced();
    expect(faults.opens).toBe(0);
    expect(journal.pending).toBe(true);
    journal.append(1, record(2));
    await journal.synced();
    expect(faults.syncs).toBe(1);
    expect(journal.durable).toBe(2);
    await journal.close();
    expect(load(layout.folder, toyRules).state.texts).toEqual(texts(2));
  });

  test('they outlive this process before they are synced', async () => {
    const layout = tempState();
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(layout, { createSegment });
    journal.append(0, record(1), { lazy: true });
    await vi.waitFor(() => expect(load(layout.folder, toyRules).last).toBe(1));
    expect(faults.syncs).toBe(0);
    expect(journal.durable).toBe(0);
    await journal.close();
    expect(faults.syncs).toBe(1);
  });

  test('alone they are synced after a second', async () => {
    const layout = tempState();
    const journal = openJournal(layout);
    journal.append(0, record(1), { lazy: true });
    await vi.waitFor(() => expect(journal.durable).toBe(1), { timeout: 5_000 });
    await journal.close();
  });

  test('`flush` and `close` write them', async () => {
    const layout = tempState();
    const journal = openJournal(layout);
    journal.append(0, record(1), { lazy: true });
    await journal.flush();
    expect(journal.durable).toBe(1);
    journal.append(1, record(2), { lazy: true });
    await journal.close();
    expect(load(layout.folder, toyRules).last).toBe(2);
  });
});

describe('rolling', () => {
  test('closed segments hold all up to the number returned', async () => {
    const layout = tempState();
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(layout, { createSegment });
    await appendThrough(journal, 2);
    expect(await journal.roll()).toBe(2);
    expect(faults.closes).toBe(1);
    await appendThrough(journal, 3);
    expect(segmentNames(layout)).toEqual(['000001-000000000001.jsonl', '000001-000000000003.jsonl']);
    await journal.close();
    expect(load(layout.folder, toyRules).state.texts).toEqual(texts(3));
  });

  test('it waits for the sync under way', async () => {
    const layout = tempState();
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(layout, { createSegment });
    faults.syncMs = 20;
    await appendThrough(journal, 1);
    let open = (): void => {};
    faults.gate = new Promise((resolve) => {
      open = resolve;
    });
    journal.append(1, record(2));
    await vi.waitFor(() => expect(faults.background).toBe(1));
    journal.append(2, record(3));
    const rolled = journal.roll();
    open();
    expect(await rolled).toBe(2);
    await journal.close();
    expect(segmentNames(layout)).toEqual(['000001-000000000001.jsonl', '000001-000000000003.jsonl']);
    expect(load(layout.folder, toyRules).state.texts).toEqual(texts(3));
  });

  test('what a crash left of making a segment is in nobody’s way', async () => {
    const layout = tempState();
    writeFileSync(join(layout.journal, '.000001-000000000001.jsonl.half'), '{"c":');
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 0, damaged: [] });
    const journal = openJournal(layout);
    await appendThrough(journal, 1);
    await journal.close();
    expect(segmentNames(layout)).toEqual(['000001-000000000001.jsonl']);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 1, damaged: [] });
  });
});
