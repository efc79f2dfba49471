import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { load } from '../../src/storage/load.ts';
import {
  appendThrough,
  faultySegments,
  onlySegment,
  openJournal,
  segmentNames,
  systemError,
  tempState,
} from './toy.ts';
import { record, texts, toyRules } from './toy-rules.ts';

/*
 * - Whoever waits for a batch that failed is refused, also those whose records came after it.
 * - A segment whose write or sync failed is cut back, closed and never synced again.
 * - Nothing is appended until the state is rebuilt; the rebuilt state holds exactly what was acknowledged.
 * - A refused record never comes back, even if it could not be cut off.
 */

describe.each([
  ['write', 'ENOSPC'],
  ['sync', 'EIO'],
] as const)('a failing %s (%s)', (kind, code) => {
  test('refuses its batch, and only that', async () => {
    const layout = tempState();
    const failures: string[] = [];
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(layout, { createSegment, onFailure: (error) => failures.push(error.message) });
    await appendThrough(journal, 2);
    faults.failNext[kind] = systemError(code);

    journal.append(2, record(3));
    const third = journal.synced();
    journal.append(3, record(4));
    const fourth = journal.synced();

    await expect(third).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining(code) });
    await expect(fourth).rejects.toMatchObject({ code: 'storage' });
    await expect(journal.synced()).rejects.toThrow(code);
    await expect(journal.flush()).rejects.toThrow(code);
    await expect(journal.roll()).rejects.toThrow(code);
    expect(() => journal.append(4, record(5))).toThrow(code);
    expect(failures).toHaveLength(1);
    expect(journal.pending).toBe(false);
    expect(faults.closes).toBe(1);
    const syncsSoFar = faults.syncs;

    const rebuilt = load(layout.folder, toyRules, { through: journal.durable });
    expect(rebuilt).toMatchObject({ last: 2, state: { texts: texts(2) }, damaged: [] });
    journal.reopen(rebuilt.last);
    expect(journal.failure).toBeUndefined();
    await appendThrough(journal, 4);
    await journal.close();

    expect(faults.opens).toBe(2);
    expect(faults.syncs).toBe(syncsSoFar + 1);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 4, state: { texts: texts(4) }, damaged: [] });
  });

  test('in the background refuses also what was gathered meanwhile', async () => {
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
    const second = journal.synced();
    if (kind === 'sync') await vi.waitFor(() => expect(faults.background).toBe(1));
    faults.failNext[kind] = systemError(code);
    journal.append(2, record(3));
    const third = journal.synced();
    const refused = Promise.allSettled([second, third]);
    open();
    expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(load(layout.folder, toyRules, { through: 1 }).last).toBe(1);
    journal.reopen(1);
    await appendThrough(journal, 2);
    await journal.close();
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 2, state: { texts: texts(2) }, damaged: [] });
  });

  test('leaves nothing that comes back, even if it cannot be cut off', async () => {
    const layout = tempState();
    const { faults, createSegment } = faultySegments();
    const journal = openJournal(layout, { createSegment });
    await appendThrough(journal, 2);
    faults.failNext = { [kind]: systemError(code), truncate: systemError(code) };
    journal.append(2, { n: 3, text: 'refused' });
    journal.append(3, { n: 4, text: 'refused too' });
    await expect(journal.synced()).rejects.toThrow(code);
    expect(readFileSync(onlySegment(layout), 'utf8')).toContain('refused');

    expect(load(layout.folder, toyRules, { through: 2 }).state.texts).toEqual(texts(2));
    journal.reopen(2);
    expect(load(layout.folder, toyRules).state.texts).toEqual(texts(2));
    await appendThrough(journal, 3);
    await journal.close();

    expect(load(layout.folder, toyRules)).toMatchObject({ last: 3, state: { texts: texts(3) }, damaged: [] });
    expect(readFileSync(onlySegment(layout), 'utf8')).toContain('refused');
  });
});

test('a segment that cannot be created refuses its batch, and the next one is tried again', async () => {
  const layout = tempState();
  const { faults, createSegment } = faultySegments();
  const journal = openJournal(layout, { createSegment });
  faults.failNext.create = systemError('ENOSPC');
  journal.append(0, record(1));
  await expect(journal.synced()).rejects.toThrow('ENOSPC');
  journal.reopen(0);
  await appendThrough(journal, 1);
  await journal.close();
  expect(load(layout.folder, toyRules).state.texts).toEqual(texts(1));
});

test('a refused first batch of a segment is replaced by the segment of the same name', async () => {
  const layout = tempState();
  const { faults, createSegment } = faultySegments();
  const journal = openJournal(layout, { createSegment });
  faults.failNext = { sync: systemError('EIO'), truncate: systemError('EIO') };
  journal.append(0, { n: 1, text: 'refused' });
  await expect(journal.synced()).rejects.toThrow('EIO');
  journal.reopen(0);
  await appendThrough(journal, 1);
  await journal.close();
  expect(segmentNames(layout)).toEqual(['000001-000000000001.jsonl']);
  expect(load(layout.folder, toyRules).state.texts).toEqual(texts(1));
});

test('it reopens only at what was acknowledged', async () => {
  const { faults, createSegment } = faultySegments();
  const journal = openJournal(tempState(), { createSegment });
  await appendThrough(journal, 2);
  faults.failNext.sync = systemError('EIO');
  journal.append(2, record(3));
  await expect(journal.synced()).rejects.toThrow('EIO');
  expect(() => journal.reopen(1)).toThrow(/up to record 1, but records up to 2 were acknowledged/);
  expect(() => journal.reopen(3)).toThrow(/acknowledged/);
  await journal.close();
});

test('a failing lazy batch breaks the journal although nobody waits', async () => {
  const { faults, createSegment } = faultySegments();
  const journal = openJournal(tempState(), { createSegment });
  faults.failNext.sync = systemError('EIO');
  journal.append(0, record(1), { lazy: true });
  await vi.waitFor(() => expect(journal.failure).toBeDefined(), { timeout: 5_000 });
  await expect(journal.synced()).rejects.toThrow('EIO');
});

test('`close` says that what was pending is lost, and closes the file', async () => {
  const { faults, createSegment } = faultySegments();
  const journal = openJournal(tempState(), { createSegment });
  await appendThrough(journal, 1);
  faults.failNext.sync = systemError('EIO');
  journal.append(1, record(2), { lazy: true });
  await expect(journal.close()).rejects.toMatchObject({ code: 'storage' });
  expect(faults.closes).toBe(1);
});
