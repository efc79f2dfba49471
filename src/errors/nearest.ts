/** A word is taken for a misspelling if at most one in this many of its letters differs. */
const LETTERS_PER_SLIP = 3;
/** Fewest letters by which a word can be meant to be a longer one. */
const SHORT_FORM_MIN = 3;

/**
 * The candidate that `word` was most likely meant to be, or undefined if none is close. The only one that begins with
 * the word is; otherwise slips are counted: a letter too many, a letter missing, a wrong one and two swapped neighbours
 * are one each. Case does not count. Of equally close candidates the first one wins.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const [longer, ...others] = candidates.filter((candidate) => candidate.toLowerCase().startsWith(wanted));
  if (longer !== undefined && others.length === 0 && wanted.length >= SHORT_FORM_MIN) return longer;
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / LETTERS_PER_SLIP));
    if (Math.abs(word.length - candidate.length) > allowed) continue;
    const slips = distance(wanted, candidate.toLowerCase());
    if (slips <= allowed && slips < fewest) {
      best = candidate;
      fewest = slips;
    }
  }
  return best;
}

/** Optimal string alignment distance, with three rows of the table at a time. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let slips = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) slips = Math.min(slips, at(beforeLast, j - 2) + 1);
      row.push(slips);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
