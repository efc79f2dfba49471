/** The value below which the given share (0–1) of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new Error('There are no samples.');
  return value;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** How long something took, in milliseconds. */
export async function timed(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/**
 * Measures several things in turn, sample by sample, beginning with another one each time: what slows the
 * machine down for a while slows all of them. The first `warmUp` rounds are not counted.
 */
export async function alternate<K extends string>(
  things: Record<K, () => unknown>,
  { rounds, warmUp }: { rounds: number; warmUp: number },
): Promise<Record<K, number[]>> {
  const names = Object.keys(things) as K[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (let step = 0; step < names.length; step += 1) {
      const name = names[(round + step) % names.length];
      if (name === undefined) continue;
      const took = await timed(things[name]);
      if (round >= warmUp) samples[name].push(took);
    }
  }
  return samples;
}
