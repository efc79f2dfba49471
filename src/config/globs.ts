import type * as z from 'zod';
import { text } from './values.ts';

/*
 * Globs as the rules read them: from the root of the repository, without negation. One that matches nothing by the
 * way it is written is an error: a guard that guards nothing is not noticed.
 */

const FROM_ROOT = 'from the root of the repository, with no "/" or "!" before it and no ".." in it';

/** The schema of a glob. */
export function glob(): z.ZodString {
  const error = `a glob ${FROM_ROOT}, every [ and { closed, and "/**" behind a folder`;
  return text('a glob').refine(isGoodGlob, { error });
}

/** The schema of a path, which stands for itself and everything below it, or a glob. */
export function pathOrGlob(): z.ZodString {
  const error = `a path or a glob ${FROM_ROOT}, and every [ and { closed`;
  return text('a path or a glob').refine((given) => (/[*?{[]/.test(given) ? isGoodGlob(given) : isFromRoot(given)), {
    error,
  });
}

function isGoodGlob(given: string): boolean {
  return isFromRoot(given) && !given.startsWith('./') && !given.endsWith('/') && isClosed(given);
}

function isFromRoot(given: string): boolean {
  return !/^(?:[/!]|[A-Za-z]:[\\/])/.test(given) && !given.split('/').includes('..');
}

/** Whether every class and every brace that begins also ends, and no backslash is left over. */
function isClosed(given: string): boolean {
  let depth = 0;
  for (let at = 0; at < given.length; at += 1) {
    const char = given.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '{') depth += 1;
    else if (char === '}') depth -= 1;
    else if (char === '[') {
      const body = /^\[\^?(?:\\.|[^/\\])[^\]/\\]*(?:\\.[^\]/\\]*)*\]/.exec(given.slice(at))?.[0];
      if (body === undefined) return false;
      at += body.length - 1;
    }
    if (depth < 0 || at >= given.length) return false;
  }
  return depth === 0;
}
