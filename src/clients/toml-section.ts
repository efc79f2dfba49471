import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'smol-toml';
import { brokenToml, notEditable } from '../errors/clients.ts';
import { lineBreakOf } from './json-text.ts';
import { type Table, valueAt, withValueAt } from './nested.ts';

/*
 * Changes one table of a TOML file, such as `[mcp_servers.paw]`, line by line, so that all the rest stays as it is.
 * Every result is read back and compared with what it was to be: what a file may hold beyond that is refused, never
 * guessed at.
 */

/** The values of a TOML file. Throws `PawError` `invalid`. */
export function readToml(text: string, file: string): Table {
  try {
    return parse(text);
  } catch (error) {
    throw brokenToml(file, error);
  }
}

/**
 * The text with one more table at its end.
 *
 * @param path its keys, such as `['mcp_servers', 'paw']`; nothing may be there yet
 * @throws PawError `refused` if the file says the tables above it in a way that rules this out
 */
export function withTable(text: string, path: readonly string[], table: Table, file: string): string {
  const eol = lineBreakOf(text);
  const section = [`[${path.join('.')}]`, ...linesOf(table)].join(eol) + eol;
  const gap = text.trim() === '' ? '' : text.endsWith('\n') ? eol : eol + eol;
  return checked(text + gap + section, withValueAt(readToml(text, file), path, table), file, section);
}

/**
 * The text with other values for some keys of a table, which has them already; its other keys stay.
 *
 * @throws PawError `refused` if the table is not one with a header of its own
 */
export function withValues(text: string, path: readonly string[], values: Table, file: string): string {
  const before = readToml(text, file);
  const lines = linesWithEnds(text);
  const section = sectionOf(lines, path);
  if (section !== undefined) {
    for (const [key, value] of Object.entries(values)) setValue(lines, section, key, value, lineBreakOf(text));
  }
  const wanted = withValueAt(before, path, { ...Object(valueAt(before, path)), ...values });
  return checked(lines.join(''), wanted, file, linesOf(values).join('\n'));
}

/**
 * The text without a table and the tables below it, and without the blank lines before it.
 *
 * @throws PawError `refused` if the table is not one with a header of its own
 */
export function withoutTable(text: string, path: readonly string[], file: string): string {
  const wanted = withValueAt(readToml(text, file), path, undefined);
  const lines = linesWithEnds(text);
  for (let section = sectionOf(lines, path); section !== undefined; section = sectionOf(lines, path)) {
    let { start } = section;
    while (start > 0 && isBlank(lines[start - 1])) start -= 1;
    // Between what is left one blank line stays.
    const isBetween = start > 0 && section.end < lines.length;
    if (isBetween && start < section.start && !isBlank(lines[section.end])) start += 1;
    lines.splice(start, section.end - start);
  }
  return checked(lines.join(''), wanted, file);
}

/** Lines of a table and of those below it: from the header to the last value. */
interface Section {
  start: number;
  end: number;
}

/** The first place of a table; what stands before the next header belongs to that one. */
function sectionOf(lines: readonly string[], path: readonly string[]): Section | undefined {
  const headers = lines.flatMap((line, index) => (isHeader(lines, index) ? [{ line, index }] : []));
  const keys = path.map((key) => `(?:${key}|"${key}"|'${key}')`).join('\\s*\\.\\s*');
  const isOurs = new RegExp(`^\\s*\\[\\s*${keys}\\s*[.\\]]`);
  const first = headers.findIndex(({ line }) => isOurs.test(line));
  const start = headers[first]?.index;
  if (start === undefined) return undefined;
  const next = headers.slice(first).find(({ line }) => !isOurs.test(line))?.index;
  let end = next ?? lines.length;
  while (next !== undefined && /^\s*(?:#.*)?$/.test((lines[end - 1] ?? '').trimEnd())) end -= 1;
  return { start, end };
}

/** Whether a table begins at this line. Inside a text or a list of several lines all that is before it is no TOML. */
function isHeader(lines: readonly string[], index: number): boolean {
  return /^\s*\[/.test(lines[index] ?? '') && isToml(lines.slice(0, index).join(''));
}

/** Replaces the line or lines of one key, or puts it below the header. */
function setValue(lines: string[], { start, end }: Section, key: string, value: unknown, eol: string): void {
  const fresh = linesOf({ [key]: value }).map((line) => line + eol);
  const begins = new RegExp(`^\\s*(?:${key}|"${key}"|'${key}')\\s*=`);
  const at = lines.findIndex((line, index) => index > start && index < end && begins.test(line));
  if (at === -1) {
    lines.splice(start + 1, 0, ...fresh);
    return;
  }
  let size = 1;
  while (at + size < end && !isToml(lines.slice(at, at + size).join(''))) size += 1;
  lines.splice(at, size, ...fresh);
}

function checked(text: string, wanted: Table, file: string, toAdd?: string): string {
  const isRight = isToml(text) && isDeepStrictEqual(plain(parse(text)), plain(wanted));
  if (!isRight) throw notEditable(file, toAdd);
  return text;
}

function linesOf(table: Table): string[] {
  return stringify(table).trimEnd().split('\n');
}

function linesWithEnds(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function isBlank(line: string | undefined): boolean {
  return line?.trim() === '';
}

function isToml(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Values in objects of one kind, so that they can be compared. */
function plain(value: unknown): unknown {
  return structuredClone(value);
}
