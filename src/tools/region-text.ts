import type { Region } from '../protocol/targets.ts';

const NAMED = /^(function|class|block):(.*\S.*)$/s;
const LINES = /^L(\d{1,15})(?:-L(\d{1,15}))?$/;

/**
 * Splits `a.ts#function:login` into path and part. Parts are `#function:NAME`, `#class:NAME`, `#block:ANCHOR`,
 * `#L10` and `#L10-L30`; any other `#` belongs to the path. Line numbers are not judged here.
 *
 * @returns the path, the part if there is one, and its text with the `#`, or an empty text
 */
export function splitRegion(text: string): { path: string; region?: Region; suffix: string } {
  for (let at = text.indexOf('#', 1); at !== -1; at = text.indexOf('#', at + 1)) {
    const region = parseRegion(text.slice(at + 1));
    if (region !== undefined) return { path: text.slice(0, at), region, suffix: text.slice(at) };
  }
  return { path: text, suffix: '' };
}

/** Whether a text that names no part was meant to: `a.ts#function:`, `a.ts#Class:User`. */
export function isHalfARegion(text: string): boolean {
  return /.#(?:function|class|block):/i.test(text) && splitRegion(text).region === undefined;
}

/** The part as it is written after a path, with the `#`; an empty text for the whole file. */
export function regionText(region: Region | undefined): string {
  switch (region?.kind) {
    case undefined:
      return '';
    case 'function':
    case 'class':
      return `#${region.kind}:${region.name}`;
    case 'block':
      return `#block:${region.anchor}`;
    case 'range':
      return `#L${region.start_line}-L${region.end_line}`;
  }
}

function parseRegion(text: string): Region | undefined {
  const lines = LINES.exec(text);
  if (lines !== null) {
    const start_line = Number(lines[1]);
    return { kind: 'range', start_line, end_line: lines[2] === undefined ? start_line : Number(lines[2]) };
  }
  const named = NAMED.exec(text);
  const name = named?.[2]?.trim();
  if (name === undefined) return undefined;
  if (named?.[1] === 'block') return { kind: 'block', anchor: name };
  return { kind: named?.[1] === 'class' ? 'class' : 'function', name };
}
