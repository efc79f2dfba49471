import * as z from 'zod';
import { PATH_MAX_CHARS } from '../protocol/limits.ts';

/** The kinds of values that keys of the configuration take. */

/** Longest time that can be set, in seconds: a week. Node's own timers end at 24 days. */
const LONGEST_SECONDS = 7 * 86_400;

/** What is said of a section that is none. */
export const SECTION = { error: 'an object with the keys of this section' };

export function text(error: string): z.ZodString {
  return z.string({ error }).trim().min(1, { error }).max(PATH_MAX_CHARS, { error });
}

export function seconds(standard: number, description: string, min = 0): z.ZodDefault<z.ZodNumber> {
  const error = `a number of seconds from ${min} to ${figure(LONGEST_SECONDS)}`;
  const schema = z.number({ error }).min(min, { error }).max(LONGEST_SECONDS, { error });
  return schema.default(standard).describe(description);
}

export function wholeNumber(standard: number, max: number, description: string): z.ZodDefault<z.ZodInt> {
  const error = `a whole number from 1 to ${figure(max)}`;
  return z.int({ error }).min(1, { error }).max(max, { error }).default(standard).describe(description);
}

export function flag(standard: boolean, description: string): z.ZodDefault<z.ZodBoolean> {
  return z.boolean({ error: 'true or false' }).default(standard).describe(description);
}

export function figure(value: number): string {
  return value.toLocaleString('en');
}
