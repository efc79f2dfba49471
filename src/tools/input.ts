import type * as z from 'zod';
import {
  type CallName,
  type FieldName,
  foreignField,
  missingField,
  tooMany,
  unfilledPlaceholder,
  unknownField,
  writtenTwice,
  wrongValue,
} from '../errors/input.ts';
import { nearest } from '../errors/nearest.ts';
import { allowedIn, type Field, type Fields, SHARED_SYNONYMS } from './fields.ts';
import { type Folded, fold } from './fold.ts';
import { isPlaceholder } from './placeholder.ts';

/** One call's input: folded, every field known, no placeholder left. */
export interface Input extends Pick<Folded, 'values' | 'written'> {
  call: CallName;
  fields: Fields;
}

export interface InputOptions {
  /** What the call is called in an error: `poll`, `publish question`. */
  name: string;
  fields: Fields;
  /** A valid input, for errors. */
  example: object;
  /** Other names of fields: synonym → field. */
  synonyms?: Readonly<Record<string, string>>;
  /** The other forms of this call that have a field of this name. */
  formsWith?: (name: string) => readonly string[];
}

/**
 * Folds what the model sent and refuses what is not this call's.
 *
 * @throws PawError `invalid` for an unknown field, a field written twice, and an unfilled placeholder
 */
export function readInput(options: InputOptions, raw: object): Input {
  const { name, fields, example, synonyms = {}, formsWith = () => [] } = options;
  const call: CallName = { name, example, takes: Object.keys(fields) };
  const { values, written, unknown, twice } = fold(fields, { ...SHARED_SYNONYMS, ...synonyms }, raw);

  const [stranger] = unknown;
  if (stranger !== undefined) {
    const forms = formsWith(stranger);
    if (forms.length > 0) throw foreignField(call, stranger, forms);
    throw unknownField(call, stranger, nearest(stranger, [...call.takes, ...Object.keys(synonyms)]));
  }
  if (twice !== undefined) throw writtenTwice(call, ...twice);

  const input: Input = { call, fields, values, written };
  for (const [field, value] of Object.entries(values)) refusePlaceholder(input, field, value);
  return input;
}

/** The field, and the name the caller wrote for it. */
export function nameOf(input: Input, field: string): FieldName {
  return { name: field, written: input.written.get(field) };
}

/** The field or an entry in it, such as `files[0].regions[1].kind`. */
export function nameWithin(input: Input, field: string, path: readonly PropertyKey[]): FieldName {
  const within = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const written = input.written.get(field);
  return { name: field + within, written: written === undefined ? undefined : written + within };
}

/** @throws PawError `invalid` naming the first of these fields that was not given */
export function requireFields(input: Input, ...fields: readonly string[]): void {
  for (const field of fields) {
    if (input.values[field] === undefined) throw missingField(input.call, nameOf(input, field), allowed(input, field));
  }
}

/**
 * Checks the values with a schema.
 *
 * @throws PawError `invalid` naming the first field that does not fit, and what it may hold
 */
export function checkInput<S extends z.ZodType>(schema: S, input: Input): z.output<S> {
  const result = schema.safeParse(input.values);
  if (result.success) return result.data;
  throw explain(input, result.error.issues[0]);
}

function explain(input: Input, issue: z.core.$ZodIssue | undefined): Error {
  const [field, ...within] = issue?.path ?? [];
  // Unknown fields were refused before: an issue without a path would be a defect of the schema.
  if (issue === undefined || typeof field !== 'string') return new Error(issue?.message ?? 'no issue');
  const given = within.reduce<unknown>(valueAt, input.values[field]);
  const name = nameWithin(input, field, within);
  const holds = within.length > 0 && input.fields[field]?.kind === 'list' ? 'a text' : allowed(input, field);
  if (given === undefined) return missingField(input.call, name, holds);
  if (issue.code === 'too_big' && issue.origin === 'string') {
    return wrongValue(input.call, name, `${holds} of at most ${issue.maximum} characters`, given);
  }
  if (issue.code === 'too_big' && Array.isArray(given) && input.fields[field]?.allowed === undefined) {
    return tooMany(input.call, name, given.length, Number(issue.maximum));
  }
  return wrongValue(input.call, name, holds, given);
}

function valueAt(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function allowed(input: Input, field: string): string {
  const known: Field | undefined = input.fields[field];
  return known === undefined ? 'as in the example' : allowedIn(known);
}

function refusePlaceholder(input: Input, field: string, value: unknown): void {
  if (input.fields[field]?.kind === 'object') {
    refusePlaceholderWithin(input, field, value, []);
    return;
  }
  for (const one of Array.isArray(value) ? value : [value]) {
    const text = typeof one === 'string' ? one : valueAt(one, 'path');
    if (typeof text === 'string' && isPlaceholder(text))
      throw unfilledPlaceholder(input.call, nameOf(input, field), text);
  }
}

function refusePlaceholderWithin(input: Input, field: string, value: unknown, path: readonly PropertyKey[]): void {
  if (typeof value === 'string' && isPlaceholder(value))
    throw unfilledPlaceholder(input.call, nameWithin(input, field, path), value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, entry] of Object.entries(value))
    refusePlaceholderWithin(input, field, entry, [...path, Array.isArray(value) ? Number(key) : key]);
}
