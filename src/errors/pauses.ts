import { PawError } from './paw-error.ts';

/** What a paused agent is answered. */
export function paused(reason: string): PawError {
  return new PawError(
    'refused',
    `A person has paused you: ${reason}. Nothing of yours is lost. Stop changing files, leave what you hold as it is, and tell your user; calls work again after \`paw-coordinator resume\`.`,
  );
}
