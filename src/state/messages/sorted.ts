/** Ascending lists of numbers, as mailboxes keep them. */

/** Index of the first element that is not below `value`. */
export function lowerBound(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function has(list: readonly number[], value: number): boolean {
  return list[lowerBound(list, value)] === value;
}

/** Adds `value` where it belongs; does nothing if it is there. New messages come last, at constant cost. */
export function insert(list: number[], value: number): void {
  const last = list.at(-1);
  if (last === undefined || last < value) {
    list.push(value);
    return;
  }
  const index = lowerBound(list, value);
  if (list[index] !== value) list.splice(index, 0, value);
}

/** Takes `value` out. Returns whether it was there. */
export function remove(list: number[], value: number): boolean {
  const index = lowerBound(list, value);
  if (list[index] !== value) return false;
  list.splice(index, 1);
  return true;
}

/**
 * Takes all of `gone`, an ascending list, out of `list`. In place, and without a look at what lies beyond the last of
 * them: mailboxes are long, and what goes is old.
 */
export function removeAll(list: number[], gone: readonly number[]): void {
  const last = gone.at(-1);
  if (last === undefined) return;
  const end = lowerBound(list, last + 1);
  let kept = 0;
  for (let index = 0; index < end; index += 1) {
    const value = list[index];
    if (value === undefined || has(gone, value)) continue;
    list[kept] = value;
    kept += 1;
  }
  list.splice(kept, end - kept);
}
