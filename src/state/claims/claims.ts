import * as errors from '../../errors/claims.ts';
import { runByWorker } from '../../errors/work.ts';
import type { ClaimAnswer, ReleaseAnswer } from '../../protocol/answers.ts';
import type { ClaimRequest, ReleaseRequest } from '../../protocol/requests.ts';
import { forwardConflicts, reviewConflicts } from '../conflicts/conflicts.ts';
import { dirtyFiles } from '../conflicts/sides.ts';
import { covers } from '../patterns/patterns.ts';
import { withoutPart } from '../patterns/regions.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { canonicalId } from '../work/find-item.ts';
import { runOf } from '../work/items.ts';
import { isBlocked } from './blockers.ts';
import { grantedAnswer, refusedAnswer } from './claim-answers.ts';
import type { Claim, Claimable, ClaimEndReason, Wait } from './claim-events.ts';
import { indexOf } from './claim-index.ts';
import { tellLost } from './claim-messages.ts';
import { dropSatisfied, grantWaiting, leaveQueue, rivalsAhead } from './claim-queue.ts';
import { endClaims, grant, type Wish } from './grants.ts';
import { joinQueue, placeOf, rivalsOf } from './queue-places.ts';
import { distinct, isNamed, sayThing, sayThings } from './things.ts';

export interface ClaimOutcome {
  answer: ClaimAnswer;
  /** Set if the request is in the queue now: `waitOutcome` tells what becomes of it. */
  waitId?: string;
}

/**
 * Grants all of a request or nothing. What cannot be granted is refused, or queued if the request says so;
 * the same request again keeps the place it has.
 * @throws PawError if nothing is asked for, or if waiting would close a circle.
 */
export function claim(tx: Transaction, agent: string, request: ClaimRequest): ClaimOutcome {
  const wish = wishOf(request);
  const place = placeOf(tx.state, agent, wish);
  const ahead = place ? rivalsAhead(tx.state, place.id) : rivalsOf(tx.state, agent, wish);
  if (ahead.length === 0 && !isBlocked(tx.state, { agent, ...wish }))
    return { answer: grantNow(tx, agent, wish, place) };
  if (request.wait_seconds === 0 && !request.queue)
    return { answer: refusedAnswer(tx, agent, wish, ahead, place !== undefined) };
  const { id } = joinQueue(tx, agent, {
    wish,
    place,
    queue: request.queue,
    attended: request.wait_seconds > 0,
  });
  return { answer: refusedAnswer(tx, agent, wish, ahead, true), waitId: id };
}

/**
 * Ends claims, and places in the queue for the same words. All of them or none.
 * @throws PawError if nothing is named, or something is not the caller's to release.
 */
export function release(
  tx: Transaction,
  agent: string,
  request: ReleaseRequest,
  by: 'holder' | 'operator',
): ReleaseAnswer {
  if (request.force && by !== 'operator') throw errors.forceIsOperators();
  const namesSome = request.paths.length + request.names.length + request.work.length > 0;
  if (!request.all && !namesSome) throw errors.nothingToRelease();
  const claims = request.force ? [...tx.state.claims.values()] : releasable(tx.state, agent, request);
  const waits = [...tx.state.waits.values()].filter((wait) => wait.agent === agent && !request.force);
  const ending = request.all ? { claims, waits } : named(tx.state, request, claims, waits);
  for (const wait of ending.waits) leaveQueue(tx, wait, 'cancelled');
  const ended = endClaims(tx, ending.claims, request.force ? 'forced' : 'released');
  if (request.force) for (const [holder, lost] of byHolder(ended)) tellLost(tx, holder, lost, agent);
  settle(tx, ended);
  // What is named is given back under that word, as is a place in the queue.
  const { paths, names } = request.all ? { paths: [], names: [] } : request;
  const isListed = ({ thing }: Claim): boolean => paths.some((path) => isNamed(thing, 'path', path));
  const others = ended.filter((one) => !isListed(one)).map(({ thing }) => sayThing(thing));
  return { released: [...new Set([...paths, ...names, ...others])] };
}

/**
 * What an agent may give back: all it holds but the item that a headless worker has it work on, with its paths. That
 * ends with the run.
 * @throws PawError if just that is named
 */
function releasable(state: State, agent: string, request: ReleaseRequest): Claim[] {
  const run = runOf(state, agent);
  if (run && request.work.some((id) => canonicalId(id) === run.id)) throw runByWorker(run.id);
  return claimsOf(state, agent).filter(
    ({ thing, item }) => run === undefined || (item !== run.id && !(thing.on === 'work' && thing.item === run.id)),
  );
}

/** Ends everything `agent` holds and waits for. It is told nothing. */
export function endClaimsOf(tx: Transaction, agent: string, why: ClaimEndReason): void {
  for (const wait of [...tx.state.waits.values()]) if (wait.agent === agent) leaveQueue(tx, wait, 'gone');
  const claims = claimsOf(tx.state, agent);
  endClaims(tx, claims, why);
  settle(tx, claims);
}

/**
 * Releases the path claims of an agent whose work is done, except those with uncommitted changes of its worktree
 * inside.
 * @returns what was released, as paths are shown.
 */
export function releaseFinished(tx: Transaction, agent: string): string[] {
  const dirty = dirtyFiles(tx.state, agent);
  const finished = claimsOf(tx.state, agent).filter(
    ({ thing }) => thing.on === 'path' && !dirty.some((path) => covers(thing.target, path)),
  );
  endClaims(tx, finished, 'done');
  settle(tx, finished);
  return finished.map((one) => sayThing(one.thing));
}

/** Live claims of `agent`, oldest grant first. */
export function claimsOf(state: State, agent: string): Claim[] {
  const ids = [...(indexOf(state).held.get(agent)?.values() ?? [])];
  return ids.flatMap((id) => state.claims.get(id) ?? []).sort((a, b) => a.fence - b.fence);
}

/** What follows the end of claims: others are granted what they wait for, and overlaps with them may be over. */
export function settle(tx: Transaction, ended: readonly Claim[]): void {
  grantWaiting(tx);
  for (const holder of byHolder(ended).keys()) reviewConflicts(tx, holder);
}

export function byHolder(claims: readonly Claim[]): Map<string, Claim[]> {
  const held = new Map<string, Claim[]>();
  for (const one of claims) {
    const list = held.get(one.holder);
    if (list) list.push(one);
    else held.set(one.holder, [one]);
  }
  return held;
}

function wishOf(request: ClaimRequest): Wish {
  const things = distinct([
    ...request.targets.map((target): Claimable => ({ on: 'path', target })),
    ...request.names.map((name): Claimable => ({ on: 'name', name })),
  ]);
  if (things.length === 0) throw errors.nothingToClaim();
  const { mode, ttl_seconds: ttl, reason } = request;
  return { things, mode, ttl, ...(reason === undefined ? {} : { reason }) };
}

function grantNow(tx: Transaction, agent: string, wish: Wish, place: Wait | undefined): ClaimAnswer {
  if (place) leaveQueue(tx, place, 'granted');
  const claims = grant(tx, agent, wish);
  dropSatisfied(tx, agent);
  grantWaiting(tx);
  forwardConflicts(tx, agent, wish.things);
  return grantedAnswer(tx, agent, claims);
}

interface Ending {
  claims: Claim[];
  waits: Wait[];
}

/** The claims and places a release names. */
function named(state: State, request: ReleaseRequest, claims: readonly Claim[], waits: readonly Wait[]): Ending {
  const ending = { claims: new Set<Claim>(), waits: new Set<Wait>() };
  const pick = (on: Claimable['on'], word: string): void => {
    const isIt = (thing: Claimable): boolean => isNamed(thing, on, word);
    const meant = claims.filter((one) => isIt(one.thing));
    const places = waits.filter((wait) => wait.things.some(isIt));
    if (meant.length === 0 && places.length === 0) throw notReleasable(state, request, claims, on, word);
    for (const one of meant) ending.claims.add(one);
    // A request is granted whole or not at all, so it is also withdrawn whole.
    if (meant.length === 0) for (const wait of places) ending.waits.add(wait);
  };
  for (const path of request.paths) pick('path', path);
  for (const name of request.names) pick('name', name);
  for (const id of request.work) pick('work', canonicalId(id));
  return { claims: [...ending.claims], waits: [...ending.waits] };
}

function notReleasable(
  state: State,
  request: ReleaseRequest,
  own: readonly Claim[],
  on: Claimable['on'],
  word: string,
): Error {
  const includesIt = ({ thing }: Claim): boolean => {
    if (isNamed(thing, on, word)) return true;
    return thing.on === 'path' && on === 'path' && !thing.target.region && covers(thing.target, withoutPart(word));
  };
  const wider = own.find(includesIt);
  if (request.force) return errors.nobodyHolds(word, wider && { claim: sayThing(wider.thing), agent: wider.holder });
  if (wider) return errors.insideWiderClaim(word, sayThing(wider.thing));
  const other = [...state.claims.values()].find(includesIt);
  const holder = other && {
    agent: other.holder,
    ...(other.reason === undefined ? {} : { reason: other.reason }),
  };
  return errors.notHeld(word, holder, sayThings(own.map((one) => one.thing)));
}
