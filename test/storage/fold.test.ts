import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StateLayout } from '../../src/repository/layout.ts';
import { fold } from '../../src/storage/fold.ts';
import { load } from '../../src/storage/load.ts';
import { readSnapshot, SNAPSHOT_FORMAT } from '../../src/storage/snapshot.ts';
import { appendThrough, nthSegment, openJournal, segmentNames, tempState, writeSegments } from './toy.ts';
import { texts, toyRules } from './toy-rules.ts';

/*
 * - A snapshot and the rest of the journal are the same state as the journal alone.
 * - Segments go only once a snapshot is on disk; what the previous snapshot lacks stays, and always one segment.
 * - Any one snapshot may be missing, empty, cut or flipped: nothing is lost, and it is named.
 * - Never is an older state, or an empty one, taken for the newest.
 */

/** Six segments of two records; the first two snapshots are made after records 4 and 8. */
async function twoSnapshots(): Promise<StateLayout> {
  const layout = tempState();
  await writeSegments(layout, [2, 4, 6, 8, 10, 12]);
  await fold({ stateDir: layout.folder, through: 4 }, toyRules);
  await fold({ stateDir: layout.folder, through: 8 }, toyRules);
  return layout;
}

const segmentStarts = (layout: StateLayout): number[] =>
  segmentNames(layout).map((name) => Number(name.split('-')[1]?.slice(0, 12)));

describe('folding', () => {
  test('the first snapshot removes nothing, the second what the first holds', async () => {
    const layout = tempState();
    await writeSegments(layout, [2, 4, 6, 8, 10, 12]);
    expect(await fold({ stateDir: layout.folder, through: 4 }, toyRules)).toEqual({ last: 4, removed: 0 });
    expect(await fold({ stateDir: layout.folder, through: 8 }, toyRules)).toEqual({ last: 8, removed: 2 });

    expect(segmentStarts(layout)).toEqual([5, 7, 9, 11]);
    expect(readSnapshot(layout.snapshot)).toMatchObject({ last: 8, state: { texts: texts(8) } });
    expect(readSnapshot(layout.previousSnapshot)).toMatchObject({ last: 4, state: { texts: texts(4) } });
    expect(existsSync(layout.nextSnapshot)).toBe(false);
    const loaded = load(layout.folder, toyRules);
    expect(loaded).toMatchObject({ last: 12, state: { texts: texts(12) }, damaged: [] });
    expect(loaded.sinceSnapshot.records).toBe(4);
  });

  test('with nothing new nothing is written', async () => {
    const layout = await twoSnapshots();
    const before = readFileSync(layout.previousSnapshot);
    expect(await fold({ stateDir: layout.folder, through: 8 }, toyRules)).toEqual({ last: 8, removed: 0 });
    expect(readFileSync(layout.previousSnapshot).equals(before)).toBe(true);
  });

  test('one segment always stays', async () => {
    const layout = tempState();
    await writeSegments(layout, [2, 4]);
    for (const through of [2, 4]) await fold({ stateDir: layout.folder, through }, toyRules);
    await fold({ stateDir: layout.folder, through: 4 }, toyRules);
    expect(segmentStarts(layout)).toEqual([3]);
    const journal = openJournal(layout, { term: 2, last: 4 });
    await appendThrough(journal, 5);
    await journal.close();
    await fold({ stateDir: layout.folder, through: 5 }, toyRules);
    expect(segmentStarts(layout)).toEqual([5]);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 5, state: { texts: texts(5) } });
  });

  test('a segment that is being written is not touched', async () => {
    const layout = tempState();
    const journal = openJournal(layout);
    await appendThrough(journal, 3);
    const through = await journal.roll();
    await appendThrough(journal, 5);
    journal.append(5, { n: 6, text: 'not synced yet' });
    expect(await fold({ stateDir: layout.folder, through }, toyRules)).toMatchObject({ last: 3 });
    await journal.close();
    expect(load(layout.folder, toyRules).last).toBe(6);
  });

  test('a snapshot that cannot be written removes nothing', async () => {
    const layout = await twoSnapshots();
    const starts = segmentStarts(layout);
    mkdirSync(layout.nextSnapshot);
    await expect(fold({ stateDir: layout.folder, through: 12 }, toyRules)).rejects.toThrow(/EISDIR/);
    expect(segmentStarts(layout)).toEqual(starts);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 12, state: { texts: texts(12) }, damaged: [] });
  });

  test('a damaged journal makes no snapshot', async () => {
    const layout = await twoSnapshots();
    truncateSync(nthSegment(layout, 2), 100);
    await expect(fold({ stateDir: layout.folder, through: 12 }, toyRules)).rejects.toThrow(/damaged|missing/);
    expect(readSnapshot(layout.snapshot)?.last).toBe(8);
  });

  test('records that are missing at the end make no snapshot', async () => {
    const layout = await twoSnapshots();
    await expect(fold({ stateDir: layout.folder, through: 13 }, toyRules)).rejects.toThrow(/up to record 12/);
    expect(readSnapshot(layout.snapshot)?.last).toBe(8);
  });
});

/** What can happen to a file. */
const HARM: [string, (file: string) => void][] = [
  ['missing', (file) => rmSync(file)],
  ['empty', (file) => truncateSync(file)],
  ['cut', (file) => truncateSync(file, readFileSync(file).length - 20)],
  [
    'flipped',
    (file) => {
      const bytes = readFileSync(file);
      const at = bytes.indexOf('record 2') + 7;
      bytes[at] = (bytes[at] ?? 0) ^ 0x01;
      writeFileSync(file, bytes);
    },
  ],
  // The number of its last record, and its format: neither is made out of the state.
  ['said to end elsewhere', (file) => replaceIn(file, '"last":', '"last":1')],
  ['said to be of a later format', (file) => replaceIn(file, '"format":', '"format":7')],
  ['of something else', (file) => writeFileSync(file, '{"format":1}')],
];

function replaceIn(file: string, text: string, other: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(text, other));
}

describe.each(HARM)('a snapshot that is %s', (harmName, harm) => {
  test('is replaced by the previous one and the journal, and named', async () => {
    const layout = await twoSnapshots();
    harm(layout.snapshot);
    const { last, state, damaged } = load(layout.folder, toyRules);
    expect({ last, texts: state.texts }).toEqual({ last: 12, texts: texts(12) });
    expect(damaged).toMatchObject([{ file: layout.snapshot }]);
    if (harmName !== 'missing') expect(existsSync(damaged[0]?.kept ?? '')).toBe(true);
  });

  test('is not kept as the previous one by the next fold', async () => {
    const layout = await twoSnapshots();
    harm(layout.snapshot);
    await fold({ stateDir: layout.folder, through: 12 }, toyRules);
    expect(readSnapshot(layout.snapshot)?.last).toBe(12);
    expect(readSnapshot(layout.previousSnapshot)?.last).toBe(4);
    harm(layout.snapshot);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 12, state: { texts: texts(12) } });
  });

  test('as the previous one changes nothing', async () => {
    const layout = await twoSnapshots();
    harm(layout.previousSnapshot);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 12, state: { texts: texts(12) }, damaged: [] });
  });

  test('like the previous one is an error, not an empty start', async () => {
    const layout = await twoSnapshots();
    harm(layout.snapshot);
    harm(layout.previousSnapshot);
    const files = [layout.snapshot, layout.previousSnapshot, ...segmentNames(layout)];
    expect(() => load(layout.folder, toyRules)).toThrow(/doctor --repair/);
    expect([layout.snapshot, layout.previousSnapshot, ...segmentNames(layout)]).toEqual(files);
    rmSync(layout.journal, { recursive: true });
    if (harmName !== 'missing') expect(() => load(layout.folder, toyRules)).toThrow(/does not start empty/);
  });
});

describe('what is left of the state', () => {
  test('a damaged only snapshot, with the whole journal: nothing is lost', async () => {
    const layout = tempState();
    await writeSegments(layout, [2, 4]);
    await fold({ stateDir: layout.folder, through: 2 }, toyRules);
    writeFileSync(layout.snapshot, 'x');
    expect(load(layout.folder, toyRules)).toMatchObject({
      last: 4,
      state: { texts: texts(4) },
      damaged: [{ file: layout.snapshot }],
    });
  });

  test('a snapshot without any segment is an error', async () => {
    const layout = await twoSnapshots();
    for (const name of segmentNames(layout)) rmSync(join(layout.journal, name));
    expect(() => load(layout.folder, toyRules)).toThrow(/: 9 and later/);
  });

  test('the previous snapshot alone does not pass for the newest', async () => {
    const layout = await twoSnapshots();
    writeFileSync(layout.snapshot, 'x');
    for (const name of segmentNames(layout).slice(1)) rmSync(join(layout.journal, name));
    const segment = nthSegment(layout, 0);
    truncateSync(segment, readFileSync(segment).indexOf('\n') + 1);
    expect(() => load(layout.folder, toyRules)).toThrow(/does not start empty/);
  });

  test('a segment the snapshot lacks is missing', async () => {
    const layout = await twoSnapshots();
    rmSync(nthSegment(layout, 2));
    expect(() => load(layout.folder, toyRules)).toThrow(/: 9 to 10/);
  });

  test('damage in segments the snapshot covers does not matter', async () => {
    const layout = await twoSnapshots();
    truncateSync(nthSegment(layout, 0), 3);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 12, state: { texts: texts(12) }, damaged: [] });
  });

  test('a snapshot of a later format is an error even beside a readable one', async () => {
    const layout = await twoSnapshots();
    writeFileSync(layout.snapshot, JSON.stringify({ format: SNAPSHOT_FORMAT + 1, last: 9, state: {} }));
    expect(() => load(layout.folder, toyRules)).toThrow(/Update paw-coordinator/);
    await expect(fold({ stateDir: layout.folder, through: 12 }, toyRules)).rejects.toThrow(/Update/);
  });

  test('state the rules do not take counts as damaged', async () => {
    const layout = await twoSnapshots();
    const rules = {
      ...toyRules,
      fromSnapshot: (json: unknown) => {
        const state = toyRules.fromSnapshot(json);
        if (state.texts.length === 8) throw new Error('not this one');
        return state;
      },
    };
    expect(load(layout.folder, rules)).toMatchObject({ last: 12, damaged: [{ problem: 'not this one' }] });
  });
});

/** The files a crash leaves between the steps that put a new snapshot in place. */
describe('a crash while a snapshot is put in place', () => {
  test.each([
    ['the next one is half written', (layout: StateLayout) => writeFileSync(layout.nextSnapshot, '{"format":1,')],
    [
      'the current one is kept already',
      (layout: StateLayout) => copyFileSync(layout.snapshot, layout.previousSnapshot),
    ],
    [
      'a half-made previous one is left',
      (layout: StateLayout) => writeFileSync(join(layout.folder, '.state.previous.half'), 'x'),
    ],
  ])('%s', async (_name, crash) => {
    const layout = await twoSnapshots();
    crash(layout);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 12, state: { texts: texts(12) }, damaged: [] });
    await fold({ stateDir: layout.folder, through: 12 }, toyRules);
    expect(readSnapshot(layout.previousSnapshot)?.last).toBe(8);
    expect(load(layout.folder, toyRules)).toMatchObject({ last: 12, state: { texts: texts(12) }, damaged: [] });
  });
});
