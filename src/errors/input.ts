import { PawError } from './paw-error.ts';

/** Errors about the input of a tool. Each one names the field as the caller wrote it. */

/** Which call the input was for. */
export interface CallName {
  /** `poll`, or `publish question`. */
  name: string;
  /** Every field it takes. */
  takes: readonly string[];
  /** A valid input, shown as JSON on one line. */
  example: object;
}

/** A field, and the other name it was written under, if it was. */
export interface FieldName {
  name: string;
  written?: string | undefined;
}

/** Longest piece of a wrong value that is repeated in an error, in characters. */
const SHOWN_MAX_CHARS = 60;

/** A field this call has to have is absent or blank. `allowed` says what it holds. */
export function missingField(call: CallName, field: FieldName, allowed: string): PawError {
  return invalid(call, `${show(field)} is missing or blank; it must be ${allowed}`);
}

/** None of several fields was given, and the call needs one of them. */
export function missingOneOf(call: CallName, fields: readonly string[], why: string): PawError {
  return invalid(call, `${fields.map((name) => show({ name })).join(' or ')} is needed: ${why}`);
}

/** A value that is not what the field holds. */
export function wrongValue(call: CallName, field: FieldName, allowed: string, given: unknown): PawError {
  return invalid(call, `${show(field)} must be ${allowed}, not ${shorten(given)}`);
}

/** A text that is still the placeholder of a template. */
export function unfilledPlaceholder(call: CallName, field: FieldName, given: string): PawError {
  return invalid(call, `${show(field)} is an unfilled placeholder, ${shorten(given)}; write the text itself`);
}

/** A field that no form of this call has. */
export function unknownField(call: CallName, given: string, close: string | undefined): PawError {
  const meant = close === undefined ? '' : `; did you mean \`${close}\`?`;
  return invalid(call, `there is no field ${show({ name: given })}${meant}${meant === '' ? '.' : ''} ${takes(call)}`);
}

/** A field that belongs to other types of message. */
export function foreignField(call: CallName, given: string, types: readonly string[]): PawError {
  return invalid(
    call,
    `${show({ name: given })} is a field of ${types.join(', ')}, not of ${call.name}. ${takes(call)}`,
  );
}

/** The same field under two names. */
export function writtenTwice(call: CallName, field: string, other: string): PawError {
  return invalid(call, `${show({ name: field })} and ${show({ name: other })} are the same field; give one of them`);
}

/** Two fields that exclude each other. */
export function notTogether(call: CallName, given: string, other: string, next: string): PawError {
  return invalid(call, `${show({ name: given })} and ${show({ name: other })} do not go together; ${next}`);
}

/** A text over its limit. Sizes are UTF-8 bytes. */
export function textTooLong(
  call: CallName,
  field: FieldName,
  size: { bytes: number; textMax: number; messageMax: number },
): PawError {
  const limits = `a text may have ${kib(size.textMax)}, a whole message ${kib(size.messageMax)}`;
  return invalid(
    call,
    `${show(field)} has ${size.bytes} bytes; ${limits}. Shorten it, or put it in a file and name that`,
  );
}

/** A message over its limit. Sizes are UTF-8 bytes. */
export function messageTooLong(call: CallName, size: { bytes: number; messageMax: number }): PawError {
  return invalid(
    call,
    `the message has ${size.bytes} bytes; a message may have ${kib(size.messageMax)}. Shorten its texts or its lists`,
  );
}

/** A list over its limit. */
export function tooMany(call: CallName, field: FieldName, count: number, max: number): PawError {
  const limit = max.toLocaleString('en');
  return invalid(call, `${show(field)} has ${count} entries; at most ${limit} are allowed`);
}

/** A part of a file that ends before it begins. */
export function backwardsRange(call: CallName, field: FieldName, start: number, end: number): PawError {
  return invalid(
    call,
    `${show(field)} has a range that runs backwards, from line ${start} to ${end}; the start must not be after the end`,
  );
}

/** A part of a file without its name, or with its kind in capitals. */
export function halfARegion(call: CallName, field: FieldName, given: string): PawError {
  const forms = 'a.ts#function:login, a.ts#class:User, a.ts#block:ANCHOR or a.ts#L10-L30';
  return invalid(call, `${show(field)}: ${shorten(given)} names no part of a file; write it as in ${forms}`);
}

/** A path that is not in the caller's worktree. `root` is absent where there is no worktree. */
export function outsideWorktree(call: CallName, field: FieldName, path: string, root: string | undefined): PawError {
  const where = root === undefined ? 'this repository, which has no worktree here' : `your worktree ${root}`;
  return invalid(
    call,
    `${show(field)}: ${shorten(path)} lies outside ${where}; write paths from the repository root, such as src/a.ts`,
  );
}

/** A path with a character no path can have. */
export function impossiblePath(call: CallName, field: FieldName): PawError {
  return invalid(call, `${show(field)} has a path with a NUL character; write the path without it`);
}

function invalid(call: CallName, sentence: string): PawError {
  const end = /[.?]$/.test(sentence) ? '' : '.';
  return new PawError('invalid', `${call.name}: ${sentence}${end} Example: ${JSON.stringify(call.example)}`);
}

function show({ name, written }: FieldName): string {
  return written === undefined || written === name ? `\`${name}\`` : `\`${name}\` (written as \`${written}\`)`;
}

function takes(call: CallName): string {
  return `${call.name} takes ${call.takes.join(', ')}`;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN_MAX_CHARS ? text : `${text.slice(0, SHOWN_MAX_CHARS)}…`;
}

function kib(bytes: number): string {
  return `at most ${bytes / 1024} KiB (${bytes.toLocaleString('en')} bytes)`;
}
