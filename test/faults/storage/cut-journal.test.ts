import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { load } from '../../../src/storage/load.ts';
import { stateRules } from '../../../src/storage/state-rules.ts';
import { onlySegment, tempState } from '../../storage/toy.ts';
import { inForm } from '../form.ts';
import { type Random, randomFor } from '../random.ts';
import { readFiles, realRecords, restoreFiles, statesAfter, textOf, writeState } from './real-state.ts';

const RECORDS = 200;
const NEWLINE = 0x0a;
/** Cuts of the short form besides those in the header and in the last records. */
const RANDOM_CUTS = 400;
const LAST_RECORDS = 2;

test(`a journal of ${RECORDS} records cut at ${inForm({ short: 'many bytes', long: 'every byte' })}`, async () => {
  const random = randomFor('cut journal');
  const layout = tempState();
  const records = realRecords(random, RECORDS);
  const states = statesAfter(records);
  await writeState(layout, records);
  const whole = readFiles(layout);
  const file = onlySegment(layout);
  const bytes = readFileSync(file);
  const ends = [...bytes.keys()].filter((at) => bytes[at] === NEWLINE).map((at) => at + 1);
  expect(ends).toHaveLength(RECORDS + 1);
  for (const cut of inForm({ short: someCuts(bytes.length, ends, random), long: allCuts(bytes.length) })) {
    restoreFiles(layout, whole);
    writeFileSync(file, bytes.subarray(0, cut));
    // A line is whole without its newline too; the first one is the header.
    const last = Math.max(0, ends.filter((end) => end - 1 <= cut).length - 1);
    const kept = ends.filter((end) => end <= cut).at(-1) ?? 0;
    const isClean = (kept === cut && cut > 0) || ends.includes(cut + 1);

    const loaded = load(layout.folder, stateRules);

    expect({ cut, last: loaded.last, isSame: textOf(loaded.state) === states[last] }).toEqual({
      cut,
      last,
      isSame: true,
    });
    expect(loaded.damaged.map((part) => part.file)).toEqual(isClean ? [] : [file]);
    for (const part of loaded.damaged) {
      expect(readFileSync(part.kept ?? '').equals(bytes.subarray(kept, cut))).toBe(true);
      expect(statSync(file).size).toBe(kept);
    }
  }
});

function allCuts(length: number): number[] {
  return Array.from({ length: length + 1 }, (_, cut) => cut);
}

/** Every byte of the header and of the last records, and some of those between. */
function someCuts(length: number, ends: readonly number[], random: Random): number[] {
  const from = ends.at(-1 - LAST_RECORDS) ?? 0;
  const between = new Set(Array.from({ length: RANDOM_CUTS }, () => random.below(length)));
  return allCuts(length).filter((cut) => cut <= (ends[0] ?? 0) || cut >= from || between.has(cut));
}
