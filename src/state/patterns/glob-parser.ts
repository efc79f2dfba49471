import type { Glob, Step, Test } from './glob-steps.ts';

/**
 * The automaton of a glob; see glob.ts for the syntax. Whatever is not complete stands for itself. Undefined if its
 * ranges stand for too many texts to keep, or its braces are nested too deep.
 */
export function parseGlob(glob: string): Glob | undefined {
  const parser: Parser = { glob, at: 0, depth: 0, steps: [], ranged: 0, isTooDeep: false };
  sequence(parser, true);
  parser.steps.push({ next: [] });
  return parser.ranged > RANGED_MAX || parser.isTooDeep ? undefined : parser.steps;
}

interface Parser {
  readonly glob: string;
  at: number;
  /** Braces around the current position. */
  depth: number;
  readonly steps: Step[];
  /** Texts that the ranges so far stand for. */
  ranged: number;
  isTooDeep: boolean;
}

/** Parses up to the end, or inside braces up to the `,` or `}` that ends this alternative. */
function sequence(parser: Parser, atStart: boolean): void {
  // Whether a segment begins here: only there does `**` stand for whole segments.
  let starts = atStart;
  let afterStar = false;
  while (!endsHere(parser)) {
    while (REPEATED.test(parser.glob.slice(parser.at, parser.at + 7))) parser.at += 3;
    const char = parser.glob.charAt(parser.at);
    if (isOptionalTail(parser, afterStar)) {
      parser.at += 3;
      optional(parser, () => {
        unit(parser, '/');
        repeat(parser, { is: 'anything' });
      });
      starts = false;
    } else if (char === '*') {
      stars(parser, starts);
      // After `**/` another segment begins.
      starts = parser.glob.charAt(parser.at - 1) === '/';
      afterStar = !starts;
    } else {
      parser.at += 1;
      one(parser, char, starts);
      starts = char === '/';
      afterStar = false;
    }
  }
}

/** One part that begins with `char`, which has been taken. */
function one(parser: Parser, char: string, starts: boolean): void {
  switch (char) {
    case '?':
      take(parser, { is: 'in-segment' });
      return;
    case '[': {
      const end = classEnd(parser.glob, parser.at);
      if (end === undefined) unit(parser, char);
      else {
        take(parser, { is: 'class', has: classTest(parser.glob.slice(parser.at, end)) });
        parser.at = end + 1;
      }
      return;
    }
    case '{': {
      parser.isTooDeep ||= parser.depth === DEPTH_MAX;
      const body = parser.isTooDeep ? undefined : braceBody(parser.glob, parser.at);
      const range = body && rangeOf(body.text);
      if (body && range) {
        parser.at += body.text.length + 1;
        parser.ranged += range.length;
        if (parser.ranged <= RANGED_MAX) alternatives(parser, range);
      } else if (body?.commas) braces(parser, starts);
      else if (body) literalBraces(parser);
      else unit(parser, char);
      return;
    }
    case '\\':
      unit(parser, parser.glob.charAt(parser.at) || char);
      parser.at += 1;
      return;
    default:
      unit(parser, char);
  }
}

/** A run of stars. `**` that begins a segment crosses `/`; with a `/` after it, it may also stand for nothing. */
function stars(parser: Parser, starts: boolean): void {
  const from = parser.at;
  while (parser.glob.charAt(parser.at) === '*') parser.at += 1;
  if (!starts || parser.at - from !== 2) repeat(parser, { is: 'in-segment' });
  else if (parser.glob.charAt(parser.at) !== '/') repeat(parser, { is: 'anything' });
  else {
    parser.at += 1;
    optional(parser, () => {
      repeat(parser, { is: 'anything' });
      unit(parser, '/');
    });
  }
}

/** `{a,b}` after its opening brace. */
function braces(parser: Parser, starts: boolean): void {
  const exits: Step[] = [];
  parser.depth += 1;
  for (;;) {
    const fork: Step = { next: [parser.steps.length + 1] };
    parser.steps.push(fork);
    sequence(parser, starts);
    const last = parser.glob.charAt(parser.at) === '}';
    parser.at += 1;
    if (last) break;
    const exit: Step = { next: [] };
    exits.push(exit);
    parser.steps.push(exit);
    fork.next.push(parser.steps.length);
  }
  parser.depth -= 1;
  for (const exit of exits) exit.next.push(parser.steps.length);
}

/** `{a}` after its opening brace: nothing to choose from, so the braces stand for themselves. */
function literalBraces(parser: Parser): void {
  unit(parser, '{');
  parser.depth += 1;
  sequence(parser, false);
  parser.depth -= 1;
  unit(parser, '}');
  parser.at += 1;
}

/** One of several literal texts. */
function alternatives(parser: Parser, texts: readonly string[]): void {
  const exits: Step[] = [];
  const fork: Step = { next: [] };
  parser.steps.push(fork);
  for (const text of texts) {
    fork.next.push(parser.steps.length);
    for (const char of text.split('')) unit(parser, char);
    const exit: Step = { next: [] };
    exits.push(exit);
    parser.steps.push(exit);
  }
  for (const exit of exits) exit.next.push(parser.steps.length);
}

function take(parser: Parser, test: Test): void {
  parser.steps.push({ test, next: [parser.steps.length + 1] });
}

function unit(parser: Parser, char: string): void {
  take(parser, { is: 'unit', code: char.charCodeAt(0) });
}

function repeat(parser: Parser, test: Test): void {
  const at = parser.steps.length;
  parser.steps.push({ next: [at + 1, at + 2] }, { test, next: [at] });
}

function optional(parser: Parser, part: () => void): void {
  const fork: Step = { next: [parser.steps.length + 1] };
  parser.steps.push(fork);
  part();
  fork.next.push(parser.steps.length);
}

function endsHere(parser: Parser): boolean {
  if (parser.at >= parser.glob.length) return true;
  return parser.depth > 0 && (parser.glob.charAt(parser.at) === ',' || parser.glob.charAt(parser.at) === '}');
}

/** Whether `/**` begins here and may also stand for nothing: `a/**` matches `a`, but `a*` + `/**` does not. */
function isOptionalTail({ glob, at }: Parser, afterStar: boolean): boolean {
  if (!glob.startsWith('/**', at)) return false;
  const next = glob.charAt(at + 3);
  return next === '/' || (next === '' && !afterStar);
}

/** Index of the `]` that ends the class whose body begins at `from`; undefined if the `[` begins none. */
function classEnd(glob: string, from: number): number | undefined {
  const first = glob.charAt(from) === NEGATION ? from + 1 : from;
  for (let index = first; index < glob.length; index += 1) {
    const char = glob.charAt(index);
    if (char === '/') return undefined;
    if (char === ']' && index > first) return index;
    if (char === '\\') index += 1;
  }
  return undefined;
}

function classTest(body: string): (code: number) => boolean {
  const negated = body.charAt(0) === NEGATION;
  const units: { code: number; literal: boolean }[] = [];
  for (let index = negated ? 1 : 0; index < body.length; index += 1) {
    const literal = body.charAt(index) === '\\' && index + 1 < body.length;
    if (literal) index += 1;
    units.push({ code: body.charCodeAt(index), literal });
  }
  const ranges: [number, number][] = [];
  for (let index = 0; index < units.length; index += 1) {
    const low = units[index]?.code ?? 0;
    const dash = units[index + 1];
    const high = units[index + 2];
    if (dash && high && dash.code === DASH && !dash.literal) {
      ranges.push([Math.min(low, high.code), Math.max(low, high.code)]);
      index += 2;
    } else ranges.push([low, low]);
  }
  return (code) => code !== SLASH && ranges.some(([low, high]) => low <= code && code <= high) !== negated;
}

/** What is between the braces that open before `from`, and whether a comma parts it; undefined if they do not close. */
function braceBody(glob: string, from: number): { text: string; commas: boolean } | undefined {
  let depth = 0;
  let commas = false;
  for (let index = from; index < glob.length; index += 1) {
    const char = glob.charAt(index);
    if (char === '\\') index += 1;
    else if (char === '[') index = classEnd(glob, index + 1) ?? index;
    else if (char === '{') depth += 1;
    else if (char === ',' && depth === 0) commas = true;
    else if (char === '}') {
      if (depth === 0) return { text: glob.slice(from, index), commas };
      depth -= 1;
    }
  }
  return undefined;
}

/** The texts of `1..9` or `a..e`, in either direction; undefined if it is no range. */
function rangeOf(text: string): string[] | undefined {
  const numbers = /^(-?\d{1,9})\.\.(-?\d{1,9})$/.exec(text);
  if (numbers) return between(Number(numbers[1]), Number(numbers[2])).map(String);
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/.exec(text);
  if (!letters) return undefined;
  const [first = '', last = ''] = letters.slice(1);
  return between(first.charCodeAt(0), last.charCodeAt(0)).map((code) => String.fromCharCode(code));
}

/** The whole numbers from one to the other; of more than can be kept, just too many. */
function between(a: number, b: number): number[] {
  const low = Math.min(a, b);
  const count = Math.min(Math.abs(a - b) + 1, RANGED_MAX + 1);
  return Array.from({ length: count }, (_, index) => low + index);
}

/** The first of two parts that say the same. */
const REPEATED = /^\/\*\*\/\*\*(?:\/|$)/u;
const SLASH = 0x2f;
const DASH = 0x2d;
/** As in picomatch, which takes `!` in a class for itself. */
const NEGATION = '^';
/** How deep braces may be nested. */
const DEPTH_MAX = 50;
/** Most texts that all ranges of one glob may stand for. */
const RANGED_MAX = 2000;
