/** Seeds are shown and set as whole numbers of 32 bits. */
const SEEDS = 2 ** 32;

/** Random choices that the same seed repeats. */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** True this often, from 0 to 1. */
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/**
 * The random choices of one test: with the seed in `PAW_SEED`, else with a new one. The seed is printed, so that a
 * failure can be repeated.
 */
export function randomFor(test: string): Random & { seed: number } {
  const given = process.env.PAW_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * SEEDS) : Number(given);
  if (!Number.isInteger(seed) || seed < 0 || seed >= SEEDS)
    throw new Error(`PAW_SEED is "${given}"; it must be a whole number from 0 to ${SEEDS - 1}.`);
  console.log(`${test}: PAW_SEED=${seed}`);
  return { seed, ...seeded(seed) };
}

/** Random choices from a seed: mulberry32, which is enough to spread tests. */
export function seeded(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / SEEDS;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    chance: (probability) => next() < probability,
    pick<T>(list: readonly T[]): T {
      const at = below(list.length);
      for (const item of list.slice(at, at + 1)) return item;
      throw new Error('There is nothing to choose from.');
    },
  };
}
