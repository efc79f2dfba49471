import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StateLayout } from '../../src/repository/layout.ts';
import { fold } from '../../src/storage/fold.ts';
import { type Inspection, inspectState } from '../../src/storage/inspect.ts';
import { encodeLine } from '../../src/storage/line.ts';
import { load } from '../../src/storage/load.ts';
import { type Lost, type Repaired, repair } from '../../src/storage/repair.ts';
import { nthSegment, openJournal, segmentNames, tempState, writeSegments } from './toy.ts';
import { type ToyRecord, texts, toyRules } from './toy-rules.ts';

/*
 * - A repair keeps the newest readable snapshot and every record that follows it without a gap, and says what is lost.
 * - It keeps a copy of every file as it was, and removes none.
 * - After it a coordinator starts, goes on, and what was lost never comes back.
 * - An inspection says what a start would say, and changes nothing.
 */

const OFFICE = 7;

function mend(layout: StateLayout): Promise<Repaired<ToyRecord>> {
  return repair(layout.folder, toyRules, { term: OFFICE, stamp: 'test' });
}

function inspect(layout: StateLayout): Inspection {
  return inspectState(layout.folder, toyRules);
}

/** The files of a state, by their names, with what is in them. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes('damaged') || folder.includes('damaged'))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]),
  );
}

/** Damages line `line` of a file, counted from 1. */
function damageLine(file: string, line: number): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  lines[line - 1] = (lines[line - 1] ?? '').replace('record', 'recurd');
  writeFileSync(file, lines.join('\n'));
}

/** Ten records in a snapshot, with the one before it after five, and ten more behind. */
async function folded(): Promise<StateLayout> {
  const layout = tempState();
  await writeSegments(layout, [5]);
  await fold({ stateDir: layout.folder, through: 5 }, toyRules);
  await writeSegments(layout, [10], 5, 2);
  await fold({ stateDir: layout.folder, through: 10 }, toyRules);
  await writeSegments(layout, [15, 20], 10, 3);
  return layout;
}

async function journalOf(ends: number[]): Promise<StateLayout> {
  const layout = tempState();
  await writeSegments(layout, ends);
  return layout;
}

/** Whether a start sees the first `last` records, and goes on from there for good. */
async function expectGoesOn(layout: StateLayout, last: number): Promise<void> {
  expect(inspect(layout)).toMatchObject({ last, failure: undefined });
  expect(load(layout.folder, toyRules)).toMatchObject({ last, state: { texts: texts(last) }, damaged: [] });
  const journal = openJournal(layout, { term: OFFICE + 1, last });
  journal.append(last, { n: last + 1, text: 'new' });
  await journal.close();
  await fold({ stateDir: layout.folder, through: last + 1 }, toyRules);
  expect(load(layout.folder, toyRules).state.texts).toEqual([...texts(last), 'new']);
}

describe('damage in the middle of the journal', () => {
  test('keeps what is before it, names what is lost and copies everything', async () => {
    const layout = await journalOf([5, 12]);
    const file = nthSegment(layout, 1);
    damageLine(file, 4);
    const before = contents(layout.folder);
    expect(inspect(layout)).toMatchObject({ failure: expect.stringContaining(`${file}, line 4`) });
    expect(contents(layout.folder)).toEqual(before);
    expect(() => load(layout.folder, toyRules)).toThrow('doctor --repair');
    rmSync(layout.damaged, { recursive: true });

    const repaired = await mend(layout);

    expect(repaired).toMatchObject({ from: 'nothing', last: 7, highest: 12, snapshots: [] });
    expect(repaired.behind.map(({ n }) => n)).toEqual([9, 10, 11, 12]);
    expect(repaired.unreadable).toMatchObject([{ file, line: 4 }]);
    expect(contents(repaired.copies)).toEqual(before);
    expect(contents(layout.folder)).toMatchObject(before);
    await expectGoesOn(layout, 7);
  });

  test('behind the snapshot keeps the snapshot and what follows it', async () => {
    const layout = await folded();
    damageLine(nthSegment(layout, segmentNames(layout).length - 1), 3);
    expect(await mend(layout)).toMatchObject({ from: 'snapshot', last: 16, highest: 20 });
    await expectGoesOn(layout, 16);
  });

  test('that the snapshot covers loses nothing', async () => {
    const layout = tempState();
    await writeSegments(layout, [5]);
    await fold({ stateDir: layout.folder, through: 5 }, toyRules);
    rmSync(nthSegment(layout, 0));
    // One segment that begins before the snapshot ends, as a failed removal leaves it.
    await writeSegments(layout, [9], 2, 2);
    damageLine(nthSegment(layout, 0), 3);
    expect(inspect(layout).failure).toContain('line 3');
    expect(await mend(layout)).toMatchObject({ from: 'snapshot', last: 9, highest: 9, behind: [] });
    await expectGoesOn(layout, 9);
  });
});

describe('files that are missing', () => {
  test('a segment in the middle', async () => {
    const layout = await journalOf([4, 8, 12]);
    rmSync(nthSegment(layout, 1));
    expect(inspect(layout).failure).toContain('Records are missing');
    const repaired = await mend(layout);
    expect(repaired).toMatchObject({ last: 4, highest: 12, unreadable: [] });
    expect(repaired.behind).toHaveLength(4);
    await expectGoesOn(layout, 4);
  });

  test('the whole journal behind a snapshot', async () => {
    const layout = await folded();
    rmSync(layout.journal, { recursive: true });
    expect(inspect(layout).failure).toContain('Records are missing');
    expect(await mend(layout)).toMatchObject({ from: 'snapshot', last: 10 });
    await expectGoesOn(layout, 10);
  });
});

describe('snapshots that cannot be read', () => {
  test('the newest: the one before it and the journal still give everything', async () => {
    const layout = await folded();
    writeFileSync(layout.snapshot, '{"format":1,');
    expect(inspect(layout)).toMatchObject({
      last: 20,
      failure: undefined,
      notes: [expect.stringContaining('damaged')],
    });
    expect(await mend(layout)).toMatchObject({
      from: 'previous',
      last: 20,
      highest: 20,
      snapshots: [{ file: layout.snapshot }],
    });
    await expectGoesOn(layout, 20);
  });

  test('all of them, and the journal begins too late: nothing can be kept, and everything is in the copies', async () => {
    const layout = await folded();
    for (const file of [layout.snapshot, layout.previousSnapshot]) writeFileSync(file, 'none');
    const before = contents(layout.folder);
    expect(inspect(layout).failure).toContain('does not start empty');
    const repaired = await mend(layout);
    expect(repaired).toMatchObject({ from: 'nothing', last: 0, highest: 20 });
    expect(repaired.snapshots).toHaveLength(2);
    expect(contents(repaired.copies)).toEqual(before);
    await expectGoesOn(layout, 0);
  });

  test('one of a later format is not touched', async () => {
    const layout = await folded();
    writeFileSync(layout.snapshot, '{"format":99,"state":{}}');
    const before = contents(layout.folder);
    await expect(mend(layout)).rejects.toThrow('Update paw-coordinator');
    expect(contents(layout.folder)).toEqual(before);
  });
});

test('a segment of a later format is not touched', async () => {
  const layout = await journalOf([3]);
  const file = nthSegment(layout, 0);
  const [, ...records] = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, [encodeLine({ format: 99, term: 1, first: 1 }).trimEnd(), ...records].join('\n'));
  await expect(mend(layout)).rejects.toThrow('Update paw-coordinator');
  expect(segmentNames(layout)).toEqual([basename(file)]);
});

test('a record that cannot be applied ends what is kept, and leaves nothing of itself', async () => {
  const layout = await journalOf([6]);
  const apply = (state: { texts: string[] }, record: ToyRecord): void => {
    state.texts.push(record.text);
    if (record.n === 4) throw new Error('made by the test');
  };
  const repaired = await repair(layout.folder, { ...toyRules, apply }, { term: OFFICE, stamp: 'test' });
  expect(repaired).toMatchObject({ last: 3, highest: 6 });
  await expectGoesOn(layout, 3);
});

test('what is lost is told before the state is written', async () => {
  const layout = await journalOf([6]);
  damageLine(nthSegment(layout, 0), 4);
  const afterLoss = (state: { texts: string[] }, { behind, unknown }: Lost<ToyRecord>): void => {
    state.texts.push(`lost ${unknown} and ${behind.length}`);
  };
  await repair(layout.folder, toyRules, { term: OFFICE, stamp: 'test', afterLoss });
  expect(load(layout.folder, toyRules).state.texts).toEqual([...texts(2), 'lost 1 and 3']);
});

test('an empty folder has nothing wrong', () => {
  expect(inspect(tempState())).toEqual({
    last: 0,
    snapshot: 0,
    segments: 0,
    journalBytes: 0,
    notes: [],
    failure: undefined,
  });
});

test('a damaged end is noted and left as it is', async () => {
  const layout = await journalOf([5]);
  truncateSync(nthSegment(layout, 0), readFileSync(nthSegment(layout, 0)).length - 3);
  const before = contents(layout.folder);
  expect(inspect(layout)).toMatchObject({ last: 4, failure: undefined, notes: [expect.stringContaining('line 6')] });
  expect(contents(layout.folder)).toEqual(before);
});

test('wherever one byte is damaged: a repair gives a prefix, and as long a one as there is', async () => {
  const layout = await journalOf([6, 14]);
  const whole = contents(layout.folder);
  const files = segmentNames(layout).map((name) => join(layout.journal, name));
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 1 }), fc.nat({ max: 2000 }), async (which, at) => {
      for (const name of segmentNames(layout)) rmSync(join(layout.journal, name));
      for (const file of [layout.snapshot, layout.damaged]) rmSync(file, { recursive: true, force: true });
      for (const [name, text] of Object.entries(whole)) writeFileSync(join(layout.folder, name), text, 'latin1');
      const file = files[which] ?? '';
      const bytes = readFileSync(file);
      const offset = at % bytes.length;
      bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
      writeFileSync(file, bytes);
      // The line that was damaged, or the one that lost its end to it; the first line of a file is its header.
      const line = bytes.subarray(0, offset).toString('latin1').split('\n').length;
      const first = (which === 0 ? 1 : 7) + line - 2;

      const { last } = await mend(layout);

      const headerOnly = line === 1 && bytes.subarray(offset, offset + 1).toString('latin1') !== '\x1a';
      expect(last).toBe(headerOnly ? 14 : Math.max(first, which === 0 ? 1 : 7) - 1);
      expect(load(layout.folder, toyRules).state.texts).toEqual(texts(last));
    }),
    { numRuns: 60 },
  );
});
