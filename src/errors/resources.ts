import { PawError } from './paw-error.ts';

/** Errors about MCP resources. */

export function unknownResource(uri: string, known: readonly string[]): PawError {
  return new PawError('unknown', `There is no resource ${uri}. Read one of ${known.join(', ')}.`);
}

/** @param last number of the newest message */
export function messageNotYet(seq: number, last: number): PawError {
  const newest = last === 0 ? 'nothing has been sent yet' : `the newest is ${last}`;
  return new PawError('unknown', `There has never been a message ${seq}: ${newest}. paw://log lists the newest ones.`);
}

export function messageNotKept(seq: number): PawError {
  return new PawError(
    'unknown',
    `Message ${seq} is no longer kept: retention removed it from the log. paw://log lists the newest ones; retention.messages, .bytes and .days in .paw/config.json say how many are kept.`,
  );
}
