/**
 * By how much values have grown over a series: the median of the last third less that of the first, so that a single
 * value that stands out counts for nothing.
 */
export function growth(values: readonly number[]): number {
  const third = Math.max(1, Math.floor(values.length / 3));
  return median(values.slice(-third)) - median(values.slice(0, third));
}

function median(values: readonly number[]): number {
  const middle = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new Error('There are no values.');
  return middle;
}
