import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { PawError } from '../../../src/errors/paw-error.ts';
import type { StateLayout } from '../../../src/repository/layout.ts';
import type { State } from '../../../src/state/state.ts';
import { type Loaded, load } from '../../../src/storage/load.ts';
import { repair } from '../../../src/storage/repair.ts';
import { stateRules } from '../../../src/storage/state-rules.ts';
import { tempState } from '../../storage/toy.ts';
import { inForm } from '../form.ts';
import { type Random, randomFor } from '../random.ts';
import {
  type Files,
  readFiles,
  realRecords,
  restoreFiles,
  segmentFiles,
  statesAfter,
  textOf,
  writeState,
} from './real-state.ts';

/*
 * Wherever bits are wrong, a start gives the whole state, or all of it but damaged last records, or is refused with
 * the file and the remedy; then a repair gives a state that once was. Never is anything else made of what is there.
 */

const RECORDS = 200;
const ENDS = [40, 80, 120, 160];
const SNAPSHOTS = [80, 120];
const CASES = inForm({ short: 400, long: 20_000 });
const FLIPS_MAX = 4;

test(`${CASES} times some bits of snapshots and journal are wrong`, async () => {
  const random = randomFor('bit flips');
  const layout = tempState();
  const records = realRecords(random, RECORDS);
  const states = statesAfter(records);
  await writeState(layout, records, { ends: ENDS, snapshots: SNAPSHOTS });
  const whole = readFiles(layout);
  expect([...whole.keys()].map((file) => basename(file)).filter((name) => name.startsWith('state.'))).toHaveLength(2);
  const met = { whole: 0, cut: 0, refused: 0 };
  for (let number = 1; number <= CASES; number += 1) {
    const { damaged, flips } = flipSome(whole, random);
    restoreFiles(layout, damaged);
    const context = `case ${number}: ${flips.join(', ')}`;
    const loaded = tryToLoad(layout, context);
    if (loaded instanceof PawError) {
      met.refused += 1;
      expectNamed(layout, loaded, whole, damaged, context);
      expect(sameFiles(readFiles(layout), damaged), context).toBe(true);
      await expectRepair(layout, damaged, states, context);
    } else {
      expect(textOf(loaded.state) === states[loaded.last], context).toBe(true);
      // Each flip damages one record; those behind an undamaged one are not cut off.
      expect(loaded.last, context).toBeGreaterThanOrEqual(RECORDS - flips.length);
      if (loaded.last === RECORDS) met.whole += 1;
      else {
        met.cut += 1;
        expect(loaded.damaged, context).toContainEqual(expect.objectContaining({ file: segmentFiles(layout).at(-1) }));
      }
    }
  }
  console.log(`Of ${CASES} starts ${met.whole} had everything, ${met.cut} cut its end, ${met.refused} were refused.`);
  for (const count of Object.values(met)) expect(count).toBeGreaterThan(0);
});

/** A copy of the files in which one bit, or some, are not as they were. */
function flipSome(whole: Files, random: Random): { damaged: Files; flips: string[] } {
  const damaged = new Map([...whole].map(([file, content]) => [file, Buffer.from(content)]));
  const flips: string[] = [];
  const count = random.chance(0.7) ? 1 : 1 + random.below(FLIPS_MAX);
  for (let flip = 0; flip < count; flip += 1) {
    const [file, content] = random.pick([...damaged]);
    // The ends of files are small and matter most.
    const nearEnd = random.chance(0.2);
    const nearStart = random.chance(0.2);
    const within = Math.min(content.length, 80);
    const at = nearStart
      ? random.below(within)
      : nearEnd
        ? content.length - 1 - random.below(within)
        : random.below(content.length);
    const bit = random.below(8);
    content[at] = (content[at] ?? 0) ^ (1 << bit);
    flips.push(`${basename(file)} byte ${at} bit ${bit}`);
  }
  return { damaged, flips };
}

function tryToLoad(layout: StateLayout, context: string): Loaded<State> | PawError {
  try {
    return load(layout.folder, stateRules);
  } catch (error) {
    if (error instanceof PawError) return error;
    throw new Error(context, { cause: error });
  }
}

function expectNamed({ journal }: StateLayout, error: PawError, whole: Files, damaged: Files, context: string): void {
  const changed = [...whole].filter(([file, content]) => !damaged.get(file)?.equals(content)).map(([file]) => file);
  expect(error.code, context).toBe('storage');
  expect(
    [...changed, journal].some((file) => error.message.includes(file)),
    `${context}: ${error.message}`,
  ).toBe(true);
  expect(error.message, context).toContain('paw-coordinator doctor --repair');
}

async function expectRepair(
  layout: StateLayout,
  damaged: Files,
  states: readonly string[],
  context: string,
): Promise<void> {
  const { last, copies } = await repair(layout.folder, stateRules, { term: 2, stamp: 'repaired' });
  for (const [file, content] of damaged)
    expect(readFileSync(join(copies, relative(layout.folder, file))).equals(content), context).toBe(true);
  const loaded = load(layout.folder, stateRules);
  expect({ last: loaded.last, isSame: textOf(loaded.state) === states[last] }, context).toEqual({ last, isSame: true });
}

function sameFiles(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([file, content]) => b.get(file)?.equals(content) === true);
}
