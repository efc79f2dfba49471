import { PawError } from './paw-error.ts';

/** Errors about running a command so that nothing of it is left. */

/** A program could not be started. */
export function programNotStarted(program: readonly string[], said: string): PawError {
  return new PawError(
    'environment',
    `${program[0]} could not be started: ${said.trim()}. See that \`sh\` is on PATH and that the folder it runs in is there.`,
  );
}

/** Processes of a command did not end, not even by SIGKILL. */
export function processesLeft(pids: readonly number[]): PawError {
  return new PawError(
    'environment',
    `Processes of the command could not be ended: ${pids.join(', ')}. The next run there tries again; look at them with \`ps -p ${pids.join(',')}\`.`,
  );
}
