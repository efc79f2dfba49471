import { PawError } from './paw-error.ts';
import { quote, quoteName } from './quote.ts';

/** Errors of `claim` and `release`. */

export function nothingToClaim(): PawError {
  return new PawError(
    'invalid',
    'claim needs at least one path, name or work item. Give paths: ["src/auth/login.ts"] for files, names: ["port:3000"] for things that are no files, or next: true for the best work item.',
  );
}

export function nothingToRelease(): PawError {
  return new PawError(
    'invalid',
    'release needs paths, names, work or all: true. Give what you claimed, in the same words, or all: true for everything you hold.',
  );
}

/** Waiting would leave everybody in a circle waiting for the next one. */
export function wouldCloseCycle(steps: readonly { agent: string; for: string; over: string }[]): PawError {
  const circle = steps.map((step) => `${step.agent} waits for ${step.for} (${quoteName(step.over)})`).join(', ');
  return new PawError(
    'refused',
    `This wait would never end: ${circle}. Nothing was claimed or queued. Release what they wait for, or claim without wait_seconds and queue and do other work first.`,
  );
}

/** @param held what the caller does hold, for the hint. */
export function notHeld(thing: string, holder: { agent: string; reason?: string } | undefined, held: string): PawError {
  const why = holder?.reason === undefined ? '' : ` (${quote(holder.reason)})`;
  const whose = holder ? `${holder.agent} holds it${why}` : 'nobody does';
  const own = held === '' ? 'You hold nothing.' : `You hold ${held}.`;
  return new PawError('refused', `You hold no claim on ${quoteName(thing)}; ${whose}. Nothing was released. ${own}`);
}

export function insideWiderClaim(thing: string, claim: string): PawError {
  return new PawError(
    'refused',
    `${quoteName(thing)} is inside your claim on ${quoteName(claim)}, which can only be released as a whole. Nothing was released. Release ${quoteName(claim)}, then claim the parts you still need.`,
  );
}

/** The operator's form of the two errors above: whoever holds it. */
export function nobodyHolds(thing: string, wider: { claim: string; agent: string } | undefined): PawError {
  const hint = wider
    ? `${wider.agent} holds ${quoteName(wider.claim)}, which it is inside; release that as a whole`
    : '`paw-coordinator claims` lists what is held';
  return new PawError('refused', `Nobody holds a claim on ${quoteName(thing)}. Nothing was released; ${hint}.`);
}

export function forceIsOperators(): PawError {
  return new PawError(
    'refused',
    'Only the operator can release what another agent holds, with `paw-coordinator release --force`. Ask the holder with publish type question, or claim with wait_seconds or queue.',
  );
}
