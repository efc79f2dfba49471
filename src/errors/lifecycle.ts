import { PawError } from './paw-error.ts';

/** Errors about a coordinator's own life, and the order of what is asked of it. */

export function helloFirst(): PawError {
  return new PawError(
    'invalid',
    'The first request on a connection must be hello. Update paw-coordinator on this side, or send hello first.',
  );
}

export function badRequest(method: string, problem: string): PawError {
  return new PawError(
    'invalid',
    `The request "${method}" is not as the coordinator expects it: ${problem}. If both sides are the same version of paw-coordinator this is a defect.`,
  );
}

export function stopping(): PawError {
  return new PawError(
    'unavailable',
    'The coordinator is stopping. Nothing was changed; the next call starts a new one.',
  );
}

export function repositoryGone(folder: string): PawError {
  return new PawError(
    'environment',
    `The repository at ${folder} is no longer there, so its coordinator has ended. Open a worktree that exists, and call again.`,
  );
}
