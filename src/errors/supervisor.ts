import { PawError } from './paw-error.ts';

/** Errors about running the verification gate. */

/** The gate needs process groups, which Windows does not have. */
export function gateNotOnWindows(): PawError {
  return new PawError(
    'environment',
    'The gate does not run on Windows: run the coordinator in WSL, or take `verify.command` out of .paw/config.json.',
  );
}

/** git did not bring the gate's clone to a commit. `said` is the end of what it printed. */
export function cloneUnusable(clone: string, step: string, said: string): PawError {
  const told = said.trim() === '' ? 'without a word' : `saying: ${said.trim()}`;
  return new PawError(
    'environment',
    `\`${step}\` failed in the gate's clone ${clone}, ${told}. It is made anew at the next commit; see that the disk is not full.`,
  );
}
