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

export function worktreeGone(agent: string): PawError {
  return new PawError(
    'environment',
    `The worktree of "${agent}" is no longer there, and its claims and plans ended with it. Start a new session in a worktree that exists; status shows them.`,
  );
}
