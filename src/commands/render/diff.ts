import type { Look } from './look.ts';
import { safeLines } from './safe-text.ts';

/** Lines that are shown before and after each change. */
const CONTEXT_LINES = 2;
/** Above this many comparisons all lines that differ are shown as one change. */
const COMPARED_MAX = 1_000_000;

interface Line {
  sign: ' ' | '-' | '+';
  text: string;
}

/** How a text changes, as lines with `-` and `+` and some around them; undefined stands for no file. */
export function renderDiff(before: string | undefined, after: string | undefined, { paint }: Look): string[] {
  const lines = differences(linesOf(before), linesOf(after));
  const isNear = lines.map((_line, index) =>
    lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some(({ sign }) => sign !== ' '),
  );
  return lines.flatMap(({ sign, text }, index) => {
    if (!isNear[index]) return isNear[index - 1] && isNear.indexOf(true, index) !== -1 ? ['    …'] : [];
    const line = `  ${sign} ${text}`.trimEnd();
    if (sign === ' ') return [line];
    return [paint(sign === '+' ? 'green' : 'red', line)];
  });
}

function linesOf(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : safeLines(text.replace(/^\uFEFF/, ''));
}

/** The lines of both, those in common once, by their longest common subsequence. */
function differences(from: readonly string[], to: readonly string[]): Line[] {
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(from.length, to.length) - head && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  const same = (lines: readonly string[]): Line[] => lines.map((text) => ({ sign: ' ', text }));
  const middle = changes(from.slice(head, from.length - tail), to.slice(head, to.length - tail));
  return [...same(from.slice(0, head)), ...middle, ...same(from.slice(from.length - tail))];
}

function changes(from: readonly string[], to: readonly string[]): Line[] {
  const width = to.length + 1;
  const isLarge = from.length * width > COMPARED_MAX;
  /** At `i * width + j`: how many lines the rests from i and j on have in common. */
  const common = new Uint32Array(isLarge ? 0 : (from.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = from.length - 1; i >= 0 && !isLarge; i -= 1)
    for (let j = to.length - 1; j >= 0; j -= 1)
      common[i * width + j] = from[i] === to[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [old = '', fresh = ''] = [from[i], to[j]];
    if (!isLarge && i < from.length && j < to.length && old === fresh) {
      lines.push({ sign: ' ', text: old });
      i += 1;
      j += 1;
    } else if (i < from.length && (j >= to.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: old });
      i += 1;
    } else {
      lines.push({ sign: '+', text: fresh });
      j += 1;
    }
  }
  return lines;
}
