import { quoteName } from '../../errors/quote.ts';
import { REGION_KINDS, type Region, type Target } from '../../protocol/targets.ts';

/** Where two parts of one file meet. */
export interface Meeting {
  /** Parts of different kinds are compared by caution: they may be the same lines. */
  cross: boolean;
  /** What they share, as it follows the `#` of a path: `function:login`, `L25-L30`; empty = the whole file. */
  part: string;
}

/** Where two parts of one file meet; false if nowhere. Undefined stands for the whole file. */
export function regionsIntersect(a?: Region, b?: Region): false | Meeting {
  if (!a || !b) return { cross: false, part: describeRegion(a ?? b) };
  if (a.kind === 'range' && b.kind === 'range') {
    const start_line = Math.max(a.start_line, b.start_line);
    const end_line = Math.min(a.end_line, b.end_line);
    return start_line <= end_line && { cross: false, part: describeRegion({ kind: 'range', start_line, end_line }) };
  }
  // Only names compare exactly; which lines a name stands for is not known here.
  if (a.kind === 'range') return { cross: true, part: describeRegion(b) };
  if (b.kind === 'range') return { cross: true, part: describeRegion(a) };
  const name = normalised(nameOf(a));
  if (name !== normalised(nameOf(b))) return false;
  if (a.kind === b.kind && nameOf(a) === nameOf(b)) return { cross: false, part: describeRegion(a) };
  const kind = REGION_KINDS.indexOf(a.kind) < REGION_KINDS.indexOf(b.kind) ? a.kind : b.kind;
  return { cross: a.kind !== b.kind, part: `${kind}:${name}` };
}

/** A target as people and conflicts name it: `src`, `a.ts#function:login`, `a.ts#L10-L30`. */
export function describeTarget(target: Target): string {
  return target.region ? `${target.path}#${describeRegion(target.region)}` : target.path;
}

/** As `describeTarget`, with a name in the one form that all its spellings have: equal for equal targets. */
export function targetIdentity(target: Target): string {
  return identityOfText(describeTarget(target));
}

/** `targetIdentity` of the target that `describeTarget` named. */
export function identityOfText(described: string): string {
  return described.replace(
    /#(function|class|block):(.+)$/su,
    (_, kind: string, name: string) => `#${kind}:${normalised(name)}`,
  );
}

/** The path of a target that `describeTarget` named. */
export function withoutPart(described: string): string {
  return described.replace(/#(?:(?:function|class|block):.+|L\d+-L\d+)$/su, '');
}

/** A part as a sentence names it: `function login`, `range 25-30`; empty for the whole file. */
export function sayPart(part: string): string {
  const lines = /^L(\d+)-L(\d+)$/.exec(part);
  if (lines) return `range ${lines[1]}-${lines[2]}`;
  const [kind = '', ...name] = part.split(':');
  return `${kind} ${quoteName(name.join(':'))}`;
}

function describeRegion(region: Region | undefined): string {
  if (!region) return '';
  return region.kind === 'range' ? `L${region.start_line}-L${region.end_line}` : `${region.kind}:${nameOf(region)}`;
}

type Named = Exclude<Region, { kind: 'range' }>;

function nameOf(region: Named): string {
  return region.kind === 'block' ? region.anchor : region.name;
}

/** The name without what different writers add to it. */
function normalised(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/\(\)$/u, '')
    .replace(/^(?:function|class|def|fn)\s+/u, '')
    .replace(/[ \t_-]+/gu, '_')
    .replace(/^_|_$/gu, '');
}
