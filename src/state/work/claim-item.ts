import * as errors from '../../errors/work.ts';
import type { ClaimAnswer } from '../../protocol/answers.ts';
import type { ClaimRequest } from '../../protocol/requests.ts';
import { oneOfEachHolder } from '../claims/blockers.ts';
import { grantedAnswer, refusedAnswer } from '../claims/claim-answers.ts';
import type { Claim, Claimable } from '../claims/claim-events.ts';
import { dropSatisfied, grantWaiting } from '../claims/claim-queue.ts';
import { grant } from '../claims/grants.ts';
import type { ItemWait } from '../claims/item-waits.ts';
import { refuseCycle, rivalsOf } from '../claims/queue-places.ts';
import { distinct, keyOf } from '../claims/things.ts';
import { forwardConflicts } from '../conflicts/conflicts.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { unmet } from './dependencies.ts';
import { findItem } from './find-item.ts';
import { change, claimOn, heldInCurrent, holderOf, type WorkItem } from './items.ts';
import { isAnyFree, isFree, nextItem, readyItems, thingsOf, whyNone } from './next-item.ts';
import { itemView } from './work-view.ts';

/** `claim` of a work item: the item and its paths, all or nothing. */

/** Commits there are seen, and are nobody's finished work. */
const ON_BASE =
  'You are on the base branch, where commits move no item: work {action: "advance"} does when you are done.';

/**
 * Claims the item that a request names, or the best one that is free. An agent that asks for the next item while it
 * holds one is told about that one.
 * @throws PawError if the item cannot be claimed by anybody now, or the agent holds another one
 */
export function claimItem(tx: Transaction, agent: string, request: ClaimRequest): ClaimAnswer {
  refuseForm(request);
  const held = heldInCurrent(tx.state, agent);
  const extra = extraThings(request);
  const asked = request.work === undefined ? held : findItem(tx.state, request.work);
  if (asked) {
    const holds = holderOf(tx.state, asked) === agent;
    if (!holds && held) throw errors.oneItemAtATime(held.id, asked.id);
    if (!holds) refuseUnready(tx.state, asked);
    const things = distinct([...thingsOf(asked), ...extra]);
    if (!isFree(tx.state, agent, things)) return refused(tx, agent, things);
    const note = holds && request.next ? `You hold ${asked.id} already; it comes before any other item.` : undefined;
    return granted(tx, agent, asked, things, request, note);
  }
  const best = nextItem(tx.state, agent, extra);
  if (best) return granted(tx, agent, best, distinct([...thingsOf(best), ...extra]), request);
  const [first] = readyItems(tx.state, agent);
  const note = whyNone(tx.state);
  return first
    ? { ...refused(tx, agent, distinct([...thingsOf(first), ...extra])), note }
    : { granted: false, blocked_by: [], note };
}

/**
 * Notes that a call for an item by its name waits for its holder, and for those of its paths. Whoever asks for the next
 * one waits for nobody in particular.
 * @throws PawError if one of them waits for `agent`, directly or through others
 */
export function noteItemWait(tx: Transaction, agent: string, request: ClaimRequest): ItemWait | undefined {
  if (request.work === undefined || request.wait_seconds === 0) return undefined;
  const things = [...thingsOf(findItem(tx.state, request.work)), ...extraThings(request)];
  const wait: ItemWait = { agent, things, mode: 'exclusive' };
  refuseCycle(tx.state, agent, oneOfEachHolder(tx.state, wait));
  tx.state.volatile.itemWaits.add(wait);
  return wait;
}

/** Whether asking again could now give what was refused. */
export function couldClaim(state: State, agent: string, request: ClaimRequest): boolean {
  const extra = extraThings(request);
  const isFreeWith = (item: WorkItem): boolean => isFree(state, agent, [...thingsOf(item), ...extra]);
  if (request.work === undefined) return isAnyFree(state, isFreeWith);
  const item = findItem(state, request.work);
  const holder = holderOf(state, item);
  return (holder === undefined || holder === agent) && isFreeWith(item);
}

/** Grants an item with its things; that nothing stands against it has been checked. */
export function grantItem(
  tx: Transaction,
  agent: string,
  item: WorkItem,
  { things, ttl, reason = item.title }: { things: readonly Claimable[]; ttl: number; reason?: string | undefined },
): Claim[] {
  const before = item.claim;
  const wish = { mode: 'exclusive', ttl, reason } as const;
  const own = new Set(thingsOf(item).map(keyOf));
  const isOwn = (thing: Claimable): boolean => own.has(keyOf(thing));
  const claims = [
    ...grant(tx, agent, { ...wish, things: things.filter(isOwn), item: item.id }),
    // What was asked for beside the item is no part of it, and does not end with it.
    ...grant(tx, agent, { ...wish, things: things.filter((thing) => !isOwn(thing)) }),
  ];
  const claim = claims.find(({ thing }) => thing.on === 'work')?.id;
  if (claim !== undefined && claim !== before) {
    const branch = tx.state.agents.get(agent)?.branch;
    const isSameTree = item.lastHolder === agent || (branch !== undefined && item.branch === branch);
    change(tx, item.id, {
      set: { claim, lastHolder: agent, ...(branch === undefined ? {} : { branch }) },
      // What somebody else has committed elsewhere is not in this one's tree.
      unset: ['givenBack', ...(isSameTree ? [] : (['commit'] as const))],
      entry: { event: 'claimed', by: agent, holder: agent },
    });
  }
  dropSatisfied(tx, agent);
  grantWaiting(tx);
  forwardConflicts(tx, agent, things);
  return claims;
}

function granted(
  tx: Transaction,
  agent: string,
  item: WorkItem,
  things: readonly Claimable[],
  request: ClaimRequest,
  note?: string,
): ClaimAnswer {
  const claims = grantItem(tx, agent, item, { things, ttl: request.ttl_seconds, reason: request.reason });
  const said = note ?? (isOnBase(tx.state, agent) ? ON_BASE : undefined);
  return {
    ...grantedAnswer(tx, agent, claims),
    item: itemView(tx.state, findItem(tx.state, item.id)),
    ...(said === undefined ? {} : { note: said }),
  };
}

function isOnBase({ agents, base }: State, agent: string): boolean {
  return agents.get(agent)?.branch === base;
}

function refused(tx: Transaction, agent: string, things: readonly Claimable[]): ClaimAnswer {
  const wish = { things, mode: 'exclusive' as const, ttl: 0 };
  return refusedAnswer(tx, agent, wish, rivalsOf(tx.state, agent, wish), false);
}

function extraThings(request: ClaimRequest): Claimable[] {
  return [
    ...request.targets.map((target): Claimable => ({ on: 'path', target })),
    ...request.names.map((name): Claimable => ({ on: 'name', name })),
  ];
}

function refuseForm(request: ClaimRequest): void {
  if (request.work !== undefined && request.next) throw errors.eitherWorkOrNext();
  if (request.queue) throw errors.itemsAreNotQueued();
  if (request.mode === 'shared') throw errors.itemsAreExclusive();
}

/** An item that somebody holds is refused in the answer and not by an error; what is in its own way is told here. */
function refuseUnready(state: State, item: WorkItem): void {
  if (claimOn(state, item)) return;
  if (item.stage !== 'current')
    throw errors.notClaimable(item.id, `it is in ${item.stage}, not in current`, nextStep(item));
  if (item.blocked)
    throw errors.notClaimable(
      item.id,
      `it is blocked (${item.blocked.reason})`,
      `work {action: "unblock", id: "${item.id}"} frees it once that is settled.`,
    );
  const waits = unmet(state, item);
  if (waits.length > 0)
    throw errors.notClaimable(
      item.id,
      `it depends on ${waits.join(', ')}`,
      'Take one of those first, or claim {next: true}.',
    );
}

function nextStep(item: WorkItem): string {
  if (item.stage === 'backlog')
    return `work {action: "advance", id: "${item.id}"} moves it there, or claim {next: true} for one that is free.`;
  return 'claim {next: true} gives one that is free.';
}
