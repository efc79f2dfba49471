import * as z from 'zod';
import { dottedSetting, unknownSetting } from '../errors/config.ts';
import { nearest } from '../errors/nearest.ts';

/** A key that its place in the schema does not have. */
interface Unknown {
  /** The section it is in, with a dot at the end; empty at the top. */
  prefix: string;
  name: string;
  value: unknown;
  /** The keys its place does have. */
  siblings: string[];
}

/** `content` without the keys that `schema` does not have, and a warning for each of those. */
export function withoutUnknownKeys(
  schema: z.ZodObject,
  content: Readonly<Record<string, unknown>>,
): { known: Record<string, unknown>; warnings: string[] } {
  const all = leafKeys(schema.shape);
  const warnings: string[] = [];
  const known = prune(schema.shape, content, '', (unknown) => warnings.push(warning(unknown, all)));
  return { known, warnings };
}

function prune(
  shape: z.core.$ZodShape,
  content: Readonly<Record<string, unknown>>,
  prefix: string,
  onUnknown: (unknown: Unknown) => void,
): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const [name, value] of Object.entries(content)) {
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (schema === undefined) {
      onUnknown({ prefix, name, value, siblings: Object.keys(shape).filter((key) => key !== '$schema') });
      continue;
    }
    const inner = sectionShape(schema);
    kept.push([name, inner && isObject(value) ? prune(inner, value, `${prefix}${name}.`, onUnknown) : value]);
  }
  return Object.fromEntries(kept);
}

function warning({ prefix, name, value, siblings }: Unknown, all: readonly string[]): string {
  const key = `${prefix}${name}`;
  const [section, inner] = name.split('.');
  if (all.includes(name) && section !== undefined && inner !== undefined && prefix === '')
    return dottedSetting(name, { [section]: { [inner]: value } });
  const here = siblings.map((sibling) => `${prefix}${sibling}`);
  return unknownSetting(key, meant({ prefix, name, siblings }, all), here);
}

/** The key that was probably meant: one of the same place, else one of nearly this name anywhere. */
function meant({ prefix, name, siblings }: Omit<Unknown, 'value'>, all: readonly string[]): string | undefined {
  const close = nearest(name, prefix === '' ? [...siblings, ...all] : siblings);
  if (close !== undefined) return `${prefix}${close}`;
  const names = all.map((key) => key.slice(key.lastIndexOf('.') + 1));
  const elsewhere = nearest(name, names);
  return elsewhere === undefined ? undefined : all[names.indexOf(elsewhere)];
}

/** Every key that holds a value, with its section. */
function leafKeys(shape: z.core.$ZodShape, prefix = ''): string[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const inner = sectionShape(schema);
    return inner ? leafKeys(inner, `${prefix}${name}.`) : [`${prefix}${name}`];
  });
}

/** The keys of a section; undefined for a key that is none. */
function sectionShape(schema: z.core.$ZodType): z.core.$ZodShape | undefined {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

/** Whether a parsed JSON value is an object, and not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
