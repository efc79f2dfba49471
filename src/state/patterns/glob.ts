import { parseGlob } from './glob-parser.ts';
import type { Glob, Test } from './glob-steps.ts';

/**
 * Globs as small automata over UTF-16 units. One automaton answers both questions the rules ask, whether a
 * path matches and whether two globs have a path in common, so the two answers cannot disagree. Time is
 * bounded by the product of the lengths, whatever the pattern.
 *
 * The syntax is picomatch's with dot files included and without extglobs, negation and groups: `*`, `?`,
 * `[a-z]`, `[^a-z]`, `{a,b}`, `{1..9}`, `**` for any number of whole segments, and `\` before a literal.
 */
export function compileGlob(glob: string): Glob {
  const known = compiled.get(glob);
  if (known) return known;
  const made = (glob.length > GLOB_MAX_CHARS ? undefined : parseGlob(glob)) ?? EVERYTHING;
  stepsKept += made.length;
  if (stepsKept > STEPS_KEPT) {
    compiled.clear();
    stepsKept = made.length;
  }
  compiled.set(glob, made);
  return made;
}

/** Whether some path matches both. Two character classes always count as having a unit in common. */
export function globsIntersect(a: Glob, b: Glob): boolean {
  if (a.length * b.length > PAIRS_MAX) return true;
  const seen = new Uint8Array(a.length * b.length);
  const todo: [number, number][] = [];
  const visit = (i: number, j: number): void => {
    if (seen[i * b.length + j] === 1) return;
    seen[i * b.length + j] = 1;
    todo.push([i, j]);
  };
  visit(0, 0);
  for (let pair = todo.pop(); pair; pair = todo.pop()) {
    const [i, j] = pair;
    if (i === a.length - 1 && j === b.length - 1) return true;
    const left = a[i];
    const right = b[j];
    if (!left || !right) continue;
    if (left.test && right.test) {
      if (share(left.test, right.test)) for (const n of left.next) for (const m of right.next) visit(n, m);
      continue;
    }
    if (!left.test) for (const n of left.next) visit(n, j);
    if (!right.test) for (const m of right.next) visit(i, m);
  }
  return false;
}

/** The folder all paths that match are in, unescaped; empty if that is the root. */
export function globBase(glob: string): string {
  return literalStart(glob).base;
}

/**
 * The folder that `folder/**` is another way to write, unescaped; the empty text for `**`, which is the root.
 * Undefined if the glob says anything else.
 */
export function globFolder(glob: string): string | undefined {
  if (glob === '**') return '';
  const { base, wildcard } = literalStart(glob);
  return base !== '' && glob.endsWith('/**') && wildcard === glob.length - '**'.length ? base : undefined;
}

/** Where the first wildcard is, and the whole segments before it. */
function literalStart(glob: string): { base: string; wildcard: number } {
  let base = '';
  let text = '';
  for (let index = 0; index < glob.length; index += 1) {
    const char = glob.charAt(index);
    if (WILDCARDS.includes(char)) return { base, wildcard: index };
    if (char === '/') base = text;
    if (char === '\\') index += 1;
    text += glob.charAt(index);
  }
  return { base, wildcard: glob.length };
}

/** Whether `test` takes this unit. */
export function takes(test: Test, code: number): boolean {
  switch (test.is) {
    case 'unit':
      return test.code === code;
    case 'class':
      return test.has(code);
    case 'in-segment':
      return code !== SLASH_CODE;
    case 'anything':
      return true;
  }
}

function share(a: Test, b: Test): boolean {
  if (a.is === 'unit') return takes(b, a.code);
  if (b.is === 'unit') return takes(a, b.code);
  return true;
}

/** The unit between two segments. */
export const SLASH_CODE = 0x2f;
const WILDCARDS = '*?[{';
/** A longer pattern counts as `**`, and so does one whose ranges stand for too much or whose braces are too deep. */
const GLOB_MAX_CHARS = 8192;
/** Two globs whose automata have more pairs of states than this count as overlapping. */
const PAIRS_MAX = 4_000_000;
/** What is kept of compiled globs is let go when it has more states than this. */
const STEPS_KEPT = 500_000;
let stepsKept = 0;
const compiled = new Map<string, Glob>();
/** The automaton of `**`. */
const EVERYTHING: Glob = [{ next: [1, 2] }, { test: { is: 'anything' }, next: [0] }, { next: [] }];
