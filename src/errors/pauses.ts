import { PawError } from './paw-error.ts';

/** Errors about agents that a person has told to stop for a while. */

/** What a paused agent is answered. */
export function paused(reason: string): PawError {
  return new PawError(
    'refused',
    `A person has paused you: ${reason.replace(/[.!]+$/, '')}. Nothing of yours is lost. Stop changing files, leave what you hold as it is, and tell your user; calls work again after \`paw-coordinator resume\`.`,
  );
}

/** An agent tried to pause or to resume somebody. */
export function personsOnly(): PawError {
  return new PawError(
    'refused',
    'Only a person pauses and resumes agents, by `paw-coordinator pause` and `paw-coordinator resume`. Ask yours: {"type":"question","to":"human","text":"…"}.',
  );
}

/** A person tried to pause the person. */
export function notThePerson(): PawError {
  return new PawError('refused', 'The person at the command line is never paused. Name an agent, or "all".');
}

/** One agent was to go on while everybody is paused. */
export function pausedWithAll(agent: string): PawError {
  return new PawError(
    'refused',
    `${agent} is paused with everybody else. \`paw-coordinator resume all\` ends every pause; pause those who are to stay by their names afterwards.`,
  );
}
