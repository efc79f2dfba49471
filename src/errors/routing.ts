import { nearest } from './nearest.ts';
import { PawError } from './paw-error.ts';
import { quote } from './quote.ts';

/** Errors about who is who, and who may say what to whom. */

/** Most known ids an error lists; with more agents the nearest one and `status` help better. */
const KNOWN_SHOWN = 12;

export function unknownAgent(given: string, known: readonly string[]): PawError {
  const close = nearest(given, known);
  const meant = close === undefined ? '' : ` Did you mean "${close}"?`;
  const shown = known.slice(0, KNOWN_SHOWN).join(', ');
  const rest = known.length > KNOWN_SHOWN ? ` and ${known.length - KNOWN_SHOWN} more (see status)` : '';
  return new PawError(
    'unknown',
    `No agent ${quote(given)} is known here.${meant} Known: ${shown}${rest}. Use one of these ids, or its branch.`,
  );
}

export function badAgentId(given: string): PawError {
  return new PawError(
    'invalid',
    `${quote(given)} cannot be an agent id. An id starts with a lower-case letter or digit, goes on with a-z, 0-9, "_" or "-", and has at most 64 characters. Start the server with another --agent (or PAW_AGENT_ID), or without one to be named after the branch.`,
  );
}

export function reservedAgentId(given: string): PawError {
  return new PawError(
    'invalid',
    `${quote(given)} is a reserved id. Start the server with another --agent (or PAW_AGENT_ID); to supervise, start it with --role supervisor.`,
  );
}

export function notYourChild(given: string, own: string): PawError {
  return new PawError(
    'refused',
    `subagent: ${quote(given)} cannot be used here: it names a helper of yours, not you or another agent. You are "${own}": leave subagent out. Only a helper that shares your connection passes a short name of its own, such as "tests".`,
  );
}

export function badSubagent(given: string): PawError {
  return new PawError(
    'invalid',
    `subagent: ${quote(given)} has no letter or digit to make an id of. Give a short name such as "tests", or leave subagent out.`,
  );
}

export function notForYourRole(type: string, roles: string): PawError {
  return new PawError(
    'refused',
    `publish ${type} is said by ${roles} only. Tell the supervisor instead: {"type":"note","to":"supervisor","text":"…"}.`,
  );
}

export function notToYourself(field: string): PawError {
  return new PawError('invalid', `${field}: that is you. Name another agent; status lists them.`);
}

export function replyBeyondLog(re: number, last: number): PawError {
  return new PawError(
    'unknown',
    `re: there is no message ${re}; the newest is ${last}. Give the seq of the message you reply to, or "to" instead.`,
  );
}

export function replyNotKept(re: number): PawError {
  return new PawError(
    'unknown',
    `re: message ${re} is no longer kept, so its sender is not known. Give "to" instead of re.`,
  );
}

export function needsRecipient(type: string): PawError {
  return new PawError(
    'invalid',
    `publish ${type} needs "re" (the seq of the message you reply to) or "to" (an agent id or branch). Example: {"type":"${type}","to":"supervisor","text":"…"}.`,
  );
}

/** A reply to a message of the coordinator's that does not say by itself whom it would be for. */
export function coordinatorTakesNoMail(type: string, re: number): PawError {
  return new PawError(
    'invalid',
    `publish ${type}: message ${re} is from the coordinator, which takes no mail, and names no single other agent. Give "to" with the agent your words are for (an id or branch). Example: {"type":"${type}","re":${re},"to":"supervisor","text":"…"}.`,
  );
}

export function oneRecipient(type: string, given: readonly string[]): PawError {
  return new PawError(
    'invalid',
    `publish ${type}: "to" names one agent, not ${given.length === 1 ? `"${given[0]}"` : `${given.length} (${given.join(', ')})`}. Publish it once for each.`,
  );
}

export function severalOpen(from: string, open: readonly { seq: number; text: string }[]): PawError {
  const list = open.map(({ seq, text }) => `${seq} (${quote(shorten(text))})`).join(', ');
  return new PawError('refused', `"${from}" waits for more than one answer: ${list}. Say which one with re.`);
}

export function noCommitKnown(agent: string): PawError {
  return new PawError(
    'refused',
    `No commit of "${agent}" is known. Give "commit" (7 digits or more), or "re" of the message that names it.`,
  );
}

export function movedOn(agent: string, asked: string, tip: string): PawError {
  return new PawError(
    'refused',
    `"${agent}" has moved on: you were asked to verify ${asked.slice(0, COMMIT_DIGITS)}, and its newest commit is ${tip.slice(0, COMMIT_DIGITS)}. Say which one you mean with "commit", or with "re" of the request.`,
  );
}

export function noBaseTip(base: string): PawError {
  return new PawError(
    'refused',
    `${quote(base)} is no branch of this repository, so its new commit is not known. Give "commit", or "base" with the branch you merged into.`,
  );
}

export function textTooLong(bytes: number, limit: number): PawError {
  return new PawError(
    'invalid',
    `The text has ${bytes} bytes; the limit is ${limit}. Nothing was stored. Send the conclusion, and name the file or commit that holds the rest.`,
  );
}

export function messageTooLong(bytes: number, limit: number): PawError {
  return new PawError(
    'invalid',
    `The message has ${bytes} bytes; the limit is ${limit}. Nothing was stored. Send the conclusion, and name the file or commit that holds the rest.`,
  );
}

export function tooManyPaths(field: string, count: number, limit: number): PawError {
  return new PawError(
    'invalid',
    `${field}: ${count} paths are more than the ${limit} one call takes. Nothing was stored. Name folders ("src/auth/") or globs instead of single files.`,
  );
}

const SHORT_CHARS = 60;
/** Digits of a commit that an error shows. */
const COMMIT_DIGITS = 12;

function shorten(text: string): string {
  return text.length <= SHORT_CHARS ? text : `${text.slice(0, SHORT_CHARS - 1)}…`;
}
