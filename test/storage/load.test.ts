import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type StateLayout, segmentFileName } from '../../src/repository/layout.ts';
import { encodeLine } from '../../src/storage/line.ts';
import { load } from '../../src/storage/load.ts';
import { appendThrough, nthSegment, onlySegment, openJournal, segmentNames, tempState, writeSegments } from './toy.ts';
import { record, texts, toyRules } from './toy-rules.ts';

/*
 * - Cut at any byte, the last segment gives everything before the cut; the damaged end is set aside and named.
 * - Damage with anything valid behind it is an error that names place, copy and remedy, and changes nothing.
 * - Missing records are an error. Nothing is ever started empty that was not.
 */

const RECORDS = 50;

/** Where each line of a file ends, its newline included. */
function lineEnds(bytes: Buffer): number[] {
  return [...bytes.keys()].filter((i) => bytes[i] === 0x0a).map((i) => i + 1);
}

function flip(file: string, offset: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
}

async function journalOf(ends: number[]): Promise<StateLayout> {
  const layout = tempState();
  await writeSegments(layout, ends);
  return layout;
}

describe('the end of the journal', () => {
  test('cut at every byte', { timeout: 60_000 }, async () => {
    const layout = await journalOf([RECORDS]);
    const file = onlySegment(layout);
    const whole = readFileSync(file);
    const ends = lineEnds(whole);
    expect(ends).toHaveLength(RECORDS + 1);
    for (let cut = whole.length; cut >= 0; cut -= 1) {
      writeFileSync(file, whole.subarray(0, cut));
      // A line is whole without its newline too; the first line is the header.
      const wholeLines = ends.filter((end) => end - 1 <= cut).length;
      const expected = Math.max(0, wholeLines - 1);
      const validEnd = ends.filter((end) => end <= cut).at(-1) ?? 0;
      const clean = ends.includes(cut) || ends.includes(cut + 1);

      const { last, state, damaged } = load(layout.folder, toyRules);

      expect({ cut, last, texts: state.texts }).toEqual({ cut, last: expected, texts: texts(expected) });
      expect(damaged).toHaveLength(clean ? 0 : 1);
      for (const { file: named, bytes, kept } of damaged) {
        expect({ named, bytes }).toEqual({ named: file, bytes: cut - validEnd });
        expect(readFileSync(kept ?? '').equals(whole.subarray(validEnd, cut))).toBe(true);
        expect(statSync(file).size).toBe(validEnd);
      }
      rmSync(layout.damaged, { recursive: true, force: true });
    }
  });

  test('cut at any byte, the next coordinator goes on and nothing comes back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 5_000 }), fc.boolean(), async (at, rolled) => {
        const layout = await journalOf(rolled ? [8, 20] : [20]);
        const file = join(layout.journal, segmentNames(layout).at(-1) ?? '');
        const header = lineEnds(readFileSync(file))[0] ?? 0;
        truncateSync(file, header + (at % (statSync(file).size - header)));
        const { last } = load(layout.folder, toyRules);
        expect(last).toBeGreaterThanOrEqual(rolled ? 8 : 0);
        const journal = openJournal(layout, { term: 2, last });
        await appendThrough(journal, last + 2);
        await journal.close();
        const again = load(layout.folder, toyRules);
        expect(again).toMatchObject({ last: last + 2, state: { texts: texts(last + 2) }, damaged: [] });
        rmSync(dirname(layout.folder), { recursive: true });
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ['garbage', Buffer.from('no line at all\nand no other')],
    ['zeros, as a power cut leaves them', Buffer.alloc(4096)],
    ['half a record', Buffer.from(encodeLine(record(6)).slice(0, 20))],
  ])('%s behind the last record is cut off', async (_name, tail) => {
    const layout = await journalOf([5]);
    appendFileSync(onlySegment(layout), tail);
    const { last, damaged } = load(layout.folder, toyRules);
    expect(last).toBe(5);
    expect(damaged).toMatchObject([{ file: onlySegment(layout), bytes: tail.length }]);
    expect(load(layout.folder, toyRules).damaged).toEqual([]);
  });

  test('a flipped bit in the last record cuts that record', async () => {
    const layout = await journalOf([5]);
    flip(onlySegment(layout), readFileSync(onlySegment(layout)).length - 5);
    expect(load(layout.folder, toyRules)).toMatchObject({
      last: 4,
      damaged: [{ problem: expect.stringContaining('checksum') }],
    });
  });

  test('a copy that cannot be made leaves the end where it is, and the next segment makes it void', async () => {
    const layout = await journalOf([5]);
    appendFileSync(onlySegment(layout), encodeLine(record(6)).slice(0, -4));
    writeFileSync(layout.damaged, 'in the way');
    const size = statSync(onlySegment(layout)).size;
    const { last, damaged } = load(layout.folder, toyRules);
    expect(last).toBe(5);
    expect(damaged[0]?.kept).toBeUndefined();
    expect(statSync(onlySegment(layout)).size).toBe(size);
    const journal = openJournal(layout, { term: 2, last });
    await appendThrough(journal, 6);
    await journal.close();
    expect(load(layout.folder, toyRules)).toMatchObject({ state: { texts: texts(6) }, damaged: [] });
  });
});

describe('damage with records behind it', () => {
  test('a flipped bit anywhere before the last record is an error and changes nothing', async () => {
    const layout = await journalOf([RECORDS]);
    const file = onlySegment(layout);
    const whole = readFileSync(file);
    const lastLine = lineEnds(whole).at(-2) ?? 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: lastLine - 1 }), fc.integer({ min: 0, max: 7 }), (offset, bit) => {
        const bytes = Buffer.from(whole);
        bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
        writeFileSync(file, bytes);
        expect(() => load(layout.folder, toyRules)).toThrow(/damaged at .*line \d+/);
        expect(readFileSync(file).equals(bytes)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('the error names file, line, copy and remedy', async () => {
    const layout = await journalOf([5]);
    const file = onlySegment(layout);
    flip(file, (lineEnds(readFileSync(file))[1] ?? 0) + 20);
    const error = catchError(() => load(layout.folder, toyRules));
    expect(error).toMatchObject({ code: 'storage' });
    expect(error.message).toContain(`${file}, line 3`);
    expect(error.message).toContain('doctor --repair');
    const kept = /kept as (\S+)\. /.exec(error.message)?.[1] ?? '';
    expect(readFileSync(kept).equals(readFileSync(file))).toBe(true);
    expect(catchError(() => load(layout.folder, toyRules)).message).toBe(error.message);
  });

  test('a segment without anything in it that has a successor', async () => {
    const layout = await journalOf([5, 8]);
    truncateSync(nthSegment(layout, 0));
    const error = catchError(() => load(layout.folder, toyRules));
    expect(error.message).toContain(`${nthSegment(layout, 0)}, line 1: the file is empty`);
    expect(error.message).toContain('doctor --repair');
  });

  test('in a segment that has a successor, the end counts too', async () => {
    const layout = await journalOf([5, 8]);
    truncateSync(nthSegment(layout, 0), statSync(nthSegment(layout, 0)).size - 3);
    expect(() => load(layout.folder, toyRules)).toThrow(/000001-000000000001\.jsonl, line 6/);
  });

  test('a segment that ends early, at the end of a line', async () => {
    const layout = await journalOf([5, 8]);
    truncateSync(nthSegment(layout, 0), lineEnds(readFileSync(nthSegment(layout, 0)))[3] ?? 0);
    expect(() => load(layout.folder, toyRules)).toThrow(/missing from the journal.*: 4 to 5/);
  });

  test('a missing segment', async () => {
    const layout = await journalOf([3, 6, 9]);
    rmSync(nthSegment(layout, 1));
    expect(() => load(layout.folder, toyRules)).toThrow(/: 4 to 6/);
  });

  test('segments that do not begin at the first record, without a snapshot', async () => {
    const layout = await journalOf([3, 6]);
    rmSync(nthSegment(layout, 0));
    expect(() => load(layout.folder, toyRules)).toThrow(/: 1 to 3/);
  });

  test('a record with a wrong number', async () => {
    const layout = await journalOf([3]);
    appendFileSync(onlySegment(layout), encodeLine(record(5)));
    expect(() => load(layout.folder, toyRules)).toThrow(/line 5: record 4 is expected there, and number 5 found/);
  });

  test('a renamed segment', async () => {
    const layout = await journalOf([3, 6]);
    renameSync(nthSegment(layout, 1), join(layout.journal, segmentFileName({ term: 2, first: 4 })));
    expect(() => load(layout.folder, toyRules)).toThrow(/has been renamed/);
  });

  test('a record the rules do not take', async () => {
    const layout = await journalOf([3]);
    const rules = {
      ...toyRules,
      apply: () => {
        throw new Error('not this one');
      },
    };
    expect(() => load(layout.folder, rules)).toThrow(/line 2: record 1 cannot be applied \(not this one\)/);
  });
});

test('an empty or missing folder is a new repository', () => {
  const layout = tempState();
  const fresh = { last: 0, state: { texts: [] }, damaged: [], sinceSnapshot: { records: 0, bytes: 0 } };
  expect(load(layout.folder, toyRules)).toEqual(fresh);
  rmSync(layout.folder, { recursive: true });
  expect(load(layout.folder, toyRules)).toEqual(fresh);
  expect(existsSync(layout.folder)).toBe(false);
});

test('a segment of a later format is left alone', () => {
  const layout = tempState();
  const file = join(layout.journal, segmentFileName({ term: 1, first: 1 }));
  writeFileSync(file, encodeLine({ format: 2, term: 1, first: 1, new: true }));
  expect(catchError(() => load(layout.folder, toyRules))).toMatchObject({
    code: 'environment',
    message: expect.stringContaining('Update paw-coordinator'),
  });
});

test('a rebuild while running finds all that was acknowledged, or fails', async () => {
  const layout = await journalOf([5]);
  expect(load(layout.folder, toyRules, { through: 3 }).state.texts).toEqual(texts(3));
  expect(() => load(layout.folder, toyRules, { through: 6 })).toThrow(/up to record 5, but records up to 6/);
  flip(onlySegment(layout), readFileSync(onlySegment(layout)).length - 5);
  const damaged = readFileSync(onlySegment(layout));
  expect(() => load(layout.folder, toyRules, { through: 5 })).toThrow(/damaged/);
  expect(readFileSync(onlySegment(layout)).equals(damaged)).toBe(true);
  expect(load(layout.folder, toyRules, { through: 4 }).last).toBe(4);
});

function catchError(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not throw');
}
