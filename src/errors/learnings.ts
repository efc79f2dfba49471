import { PawError } from './paw-error.ts';

/** Errors of `learnings` and of the file they are written to. */

export function learningTooLong(bytes: number, limit: number): PawError {
  return new PawError(
    'invalid',
    `The lesson has ${bytes} bytes; the limit is ${limit}. Nothing was kept. Say it in a sentence with a few details, and name the file that holds the rest.`,
  );
}

/** @param several ids that begin with what was given */
export function unknownLearning(given: string, several: readonly string[]): PawError {
  if (several.length > 1)
    return new PawError(
      'unknown',
      `"${given}" begins more than one id: ${several.join(', ')}. Nothing was forgotten. Give more of it.`,
    );
  return new PawError(
    'unknown',
    `There is no lesson with the id "${given}". Nothing was forgotten; \`paw-coordinator learnings\` shows each lesson with its id.`,
  );
}

export function forgetIsOperators(): PawError {
  return new PawError(
    'refused',
    'Only a person can have a lesson forgotten, with `paw-coordinator learnings forget ID`. Record what is right instead, and tell human by a note which one is wrong.',
  );
}

/** What is in the place of the file is not to be replaced. `what` says what it is: "a link to /etc/motd". */
export function learningsFileRefused(file: string, what: string): PawError {
  return new PawError(
    'environment',
    `${file} is ${what}, so the lessons were not written there. Move it away; a file takes its place with the next lesson.`,
  );
}
