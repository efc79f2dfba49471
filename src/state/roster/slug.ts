import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Longest id without a subagent's part, in characters. */
export const ID_MAX_CHARS = 64;
/** Longest name of a subagent, in characters. */
export const CHILD_MAX_CHARS = 32;
const HASH_DIGITS = 4;

/** What an agent id looks like; the part after the dot names a subagent. */
export const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,63}(\.[a-z0-9][a-z0-9_-]{0,31})?$/;

/**
 * The id a name stands for: lower case, every character outside `[a-z0-9_]` a dash, runs of dashes one
 * dash, none at the ends. A name with nothing usable in it is `agent`.
 */
export function slug(name: string, maxChars: number = ID_MAX_CHARS): string {
  const dashed = name
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/-+/g, '-')
    // An id starts with a letter or a digit.
    .replace(/^[-_]+/, '')
    .slice(0, maxChars)
    .replace(/-+$/, '');
  return dashed === '' ? 'agent' : dashed;
}

/**
 * The id of a name whose plain slug is taken: told apart by the first digits of a SHA-1.
 * @param identity what the digits are of, if not of the name: a branch has its name for itself, a folder does not
 */
export function distinctSlug(name: string, identity: string = name): string {
  const hash = bytesToHex(sha1(new TextEncoder().encode(identity))).slice(0, HASH_DIGITS);
  return `${slug(name, ID_MAX_CHARS - HASH_DIGITS - 1)}-${hash}`;
}
