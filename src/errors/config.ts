import { PawError } from './paw-error.ts';

/** Errors and warnings about the configuration file. */

/** A value that a key does not take. */
export interface WrongSetting {
  /** The key with its section: `claims.disconnectGraceSeconds`. */
  key: string;
  given: unknown;
  /** What the key takes, in words that follow "must be". */
  allowed: string;
}

/** Longest piece of a wrong value that is repeated in an error, in characters. */
const SHOWN_MAX_CHARS = 60;
const NEXT_STEP = 'Nothing in this file takes effect until that is corrected; it is read again when it changes.';

/** The file is there and cannot be read. */
export function configUnreadable(file: string, problem: string, cause?: unknown): PawError {
  return new PawError('environment', `${file} cannot be read: ${problem}. ${NEXT_STEP}`, { cause });
}

/**
 * The file holds no valid JSON.
 *
 * @param place line and column of the first fault, both from 1
 * @param found what stands there; undefined at the end of the file
 */
export function configNotJson(
  file: string,
  place: { line: number; column: number },
  { expected, found }: { expected: string; found: string | undefined },
): PawError {
  const actual = found === undefined ? 'the end of the file' : JSON.stringify(found);
  return new PawError(
    'environment',
    `${file} is not valid JSON at line ${place.line}, column ${place.column}: expected ${expected}, found ${actual}. ${NEXT_STEP}`,
  );
}

/** The file holds JSON, and not an object. */
export function configNotObject(file: string, given: unknown): PawError {
  return new PawError('environment', `${file} must hold one JSON object, not ${shorten(given)}. ${NEXT_STEP}`);
}

/** Keys have values they do not take. */
export function wrongSettings(file: string, wrong: readonly WrongSetting[]): PawError {
  const list = wrong.map(({ key, given, allowed }) => `\`${key}\` must be ${allowed}, not ${shorten(given)}`);
  return new PawError('environment', `${file}: ${list.join('; ')}. ${NEXT_STEP}`);
}

/**
 * The warning about a key nobody reads.
 *
 * @param close the known key it was probably meant to be
 * @param known the keys there are in its place, named if none is close
 */
export function unknownSetting(key: string, close: string | undefined, known: readonly string[]): string {
  const advice = close === undefined ? `the keys here are ${known.join(', ')}.` : `did you mean \`${close}\`?`;
  return `\`${key}\` is no key of the configuration and has no effect; ${advice}`;
}

/** The warning about a key whose section was written into its name. */
export function dottedSetting(key: string, nested: object): string {
  return `\`${key}\` has no effect as one name with a dot; write it as ${JSON.stringify(nested)}.`;
}

/** The warning about a value that is too small and was raised. */
export function raisedSetting(key: string, given: number, used: number, why: string): string {
  return `\`${key}\` is ${given}, and ${used} is used: ${why}.`;
}

function shorten(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length <= SHOWN_MAX_CHARS ? text : `${text.slice(0, SHOWN_MAX_CHARS)}…`;
}
