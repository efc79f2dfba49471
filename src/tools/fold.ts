import type { Field, Fields } from './fields.ts';

/** What became of a tool's input before it is checked. */
export interface Folded {
  /** Values by the name of their field. A field that is not here was not given. */
  values: Record<string, unknown>;
  /** Field → the name it was written under, also of fields that were written and hold nothing. */
  written: Map<string, string>;
  /** Names that were given a value and are no field here. */
  unknown: string[];
  /** Field and synonym that were both given a value. */
  twice?: [string, string];
}

/**
 * Evens out what clients and models do differently, and judges nothing: null, blank texts, empty lists and
 * empty objects count as not given; where a list is meant, a bare value or its JSON text becomes one; numbers
 * and booleans may be texts, and ids numbers; a number above its maximum is the maximum. Whatever cannot be evened out stays as
 * it is, for the checks.
 */
export function fold(fields: Fields, synonyms: Readonly<Record<string, string>>, raw: object): Folded {
  const folded: Folded = { values: {}, written: new Map(), unknown: [] };
  for (const [written, given] of Object.entries(raw)) {
    const name = own(synonyms, written) ?? written;
    const field = own(fields, name);
    const value = field === undefined ? given : foldValue(field, given);
    if (field === undefined) {
      if (!isEmpty(value)) folded.unknown.push(written);
      continue;
    }
    const other = folded.written.get(name);
    if (isEmpty(value)) {
      if (other === undefined) folded.written.set(name, written);
      continue;
    }
    if (name in folded.values && other !== undefined) folded.twice ??= [other, written];
    folded.values[name] = value;
    folded.written.set(name, written);
  }
  return folded;
}

/** Whether a value says nothing: null, a blank text, an empty list, an empty object. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function foldValue(field: Field, given: unknown): unknown {
  switch (field.kind) {
    case 'text':
      return field.ids ? foldId(given) : given;
    case 'integer':
      return foldNumber(given, field.max);
    case 'boolean':
      return foldBoolean(given);
    case 'object':
      return foldObject(given);
    case 'list':
      return toList(given, field.ids)
        .map((entry) => (field.ids ? foldId(entry) : entry))
        .filter((entry) => !isEmpty(entry));
    case 'lines':
      return (typeof given === 'string' ? (jsonList(given) ?? given.split(/\r?\n/)) : toList(given)).filter(
        (entry) => !isEmpty(entry),
      );
    case 'files':
      return toList(given)
        .map(foldFile)
        .filter((entry) => !isEmpty(entry));
  }
}

function foldId(given: unknown): unknown {
  return typeof given === 'number' ? String(given) : given;
}

function foldNumber(given: unknown, max: number | undefined): unknown {
  const text = typeof given === 'string' ? given.trim() : '';
  const value = /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : given;
  return typeof value === 'number' && max !== undefined && value > max ? max : value;
}

function foldBoolean(given: unknown): unknown {
  const text = typeof given === 'string' ? given.trim().toLowerCase() : undefined;
  return text === 'true' ? true : text === 'false' ? false : given;
}

function foldObject(given: unknown): unknown {
  const parsed = typeof given === 'string' ? parse(given, '{') : undefined;
  return isObject(parsed) ? parsed : given;
}

function toList(given: unknown, numbers = false): unknown[] {
  // Some clients write JSON's null as a text; a file or an agent of that name is written as ["null"].
  if (isEmpty(given) || (typeof given === 'string' && given.trim() === 'null')) return [];
  if (Array.isArray(given)) return given;
  return (typeof given === 'string' ? jsonList(given, numbers) : undefined) ?? [given];
}

/**
 * The list in a JSON text. A text that only looks like one, as the name of a folder `[1]` does, is no list.
 *
 * @param numbers whether numbers are meant in such a list
 */
function jsonList(text: string, numbers = false): unknown[] | undefined {
  const list = parse(text, '[');
  return Array.isArray(list) && (numbers || list.every((entry) => typeof entry !== 'number')) ? list : undefined;
}

/** An entry of a file list; one without a path says nothing. */
function foldFile(entry: unknown): unknown {
  const file = foldObject(entry);
  if (!isObject(file)) return entry;
  if (isEmpty(file.path)) return undefined;
  const { regions, ...rest } = Object.fromEntries(Object.entries(file).filter(([, value]) => !isEmpty(value)));
  const parts = toList(regions).map(foldRegion);
  return parts.length === 0 ? rest : { ...rest, regions: parts };
}

function foldRegion(region: unknown): unknown {
  const part = foldObject(region);
  if (!isObject(part)) return part;
  const given = Object.entries(part).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(
    given.map(([key, value]) => [key, key.endsWith('_line') ? foldNumber(value, undefined) : value]),
  );
}

/** The value of a JSON text that starts as expected, or undefined. */
function parse(text: string, start: string): unknown {
  const trimmed = text.trim();
  if (!trimmed.startsWith(start)) return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A property of a table that is asked for by a name from outside, such as `constructor`. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
