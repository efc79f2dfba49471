import { nearest } from './nearest.ts';
import { PawError } from './paw-error.ts';

/** Errors about work items. */

/** How many ids an error names before it stops. */
const IDS_NAMED = 10;

export function noSuchItem(given: string, ids: readonly string[]): PawError {
  const close = nearest(given, ids);
  const hint = close === undefined ? '' : ` Did you mean ${close}?`;
  const known =
    ids.length === 0
      ? 'There are no work items yet; work {action: "add", title: …} adds one.'
      : `The newest are ${ids.slice(-IDS_NAMED).join(', ')}; work {action: "list"} shows all.`;
  return new PawError('unknown', `There is no work item ${JSON.stringify(given)}.${hint} ${known}`);
}

export function illegalMove(id: string, from: string, to: string, legal: readonly string[]): PawError {
  const isThere = from === to ? `${id} is in ${from} already` : `${id} cannot go from ${from} to ${to}`;
  return new PawError('refused', `${isThere}. From ${from} it can go to ${legal.join(' or ')}. Nothing was changed.`);
}

export function judgesMove(id: string, stage: string): PawError {
  return new PawError(
    'refused',
    `${id} is in ${stage}, and only a supervisor or a person moves it on from there. A new edit, feedback or verified moves it by itself; if it hangs, publish a question to the supervisor.`,
  );
}

export function heldByOther(id: string, holder: string, what: string): PawError {
  return new PawError(
    'refused',
    `${id} is held by ${holder}, so ${what} is for ${holder}, a supervisor or a person. Publish a note or question to ${holder}, or take another item with claim {next: true}.`,
  );
}

export function wouldCircle(circle: readonly string[]): PawError {
  return new PawError(
    'refused',
    `These items would wait for each other for ever: ${circle.join(' → ')}. Nothing was changed. Leave out the dependency that closes the circle.`,
  );
}

export function firstStages(given: string): PawError {
  return new PawError(
    'refused',
    `A new item begins in backlog or current, not in ${given}. Add it with stage current if it may be taken now.`,
  );
}

export function nothingToChange(id: string): PawError {
  return new PawError(
    'invalid',
    `work update of ${id} names nothing to change. Give title, body, priority, depends_on or paths; ["none"] empties a list. advance moves it to another stage.`,
  );
}

/** What the answer to an update says if the paths of a held item are in the way of others. */
export function pathsNotClaimed(id: string, holder: string): string {
  return `${holder} holds ${id} without its new paths: others have claimed some of them, or wait for them. ${holder} gets them with claim {work: "${id}"} once they are free.`;
}

export function notBlocked(id: string): PawError {
  return new PawError('refused', `${id} is not blocked. Nothing was changed.`);
}

export function tooManyItems(max: number): PawError {
  return new PawError(
    'refused',
    `There are ${max.toLocaleString('en')} work items that are not archived, which is the most there can be. Archive finished ones with work {action: "advance", id: …, stage: "archived"}.`,
  );
}

/** The item named cannot be claimed, whoever asks. */
export function notClaimable(id: string, why: string, next: string): PawError {
  return new PawError('refused', `${id} cannot be claimed: ${why}. ${next}`);
}

export function oneItemAtATime(held: string, wanted: string): PawError {
  return new PawError(
    'refused',
    `You hold ${held} in current, and an agent works on one item at a time. A commit that leaves no changes behind moves ${held} to qa; so does work {action: "advance", id: "${held}"}. Or release {work: "${held}"}. Then claim ${wanted}.`,
  );
}

export function eitherWorkOrNext(): PawError {
  return new PawError(
    'invalid',
    'claim takes either work (an item by its id) or next: true (the best free one), not both.',
  );
}

export function itemsAreNotQueued(): PawError {
  return new PawError(
    'invalid',
    'claim cannot queue for a work item. Use wait_seconds to wait for one, or ask again later.',
  );
}

export function itemsAreExclusive(): PawError {
  return new PawError('invalid', 'A work item cannot be shared. Leave out mode, or claim only paths with mode shared.');
}

export function workersOnly(method: string): PawError {
  return new PawError(
    'refused',
    `Only \`paw-coordinator worker\` may ask for \`${method}\`. Agents use claim {next: true}.`,
  );
}

/** An agent that a headless worker has started is to leave its item to that. */
export function runByWorker(id: string): PawError {
  return new PawError(
    'refused',
    `${id} is moved and given back by the worker that started you, as soon as you end. Commit your work and end; if it cannot be done, end without a commit and say why.`,
  );
}

/** A worker's claim was lost while its command ran. */
export function runLostClaim(id: string, holder: string | undefined): PawError {
  const now = holder === undefined ? 'nobody holds it now' : `${holder} holds it now`;
  return new PawError(
    'refused',
    `The claim on ${id} was lost while its run was under way; ${now}. Its stage was left alone; commits stay on its branch.`,
  );
}
