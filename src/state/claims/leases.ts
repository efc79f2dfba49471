import { WAIT_PLACE_KEPT_SECONDS } from '../../protocol/limits.ts';
import { nextWindowEnd } from '../conflicts/conflict-windows.ts';
import { tickFileConflicts } from '../conflicts/file-conflicts.ts';
import { covers } from '../patterns/patterns.ts';
import type { State } from '../state.ts';
import { type Now, SECOND_MS, secondsBetween } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { waitsAgainst } from './blockers.ts';
import type { Claim } from './claim-events.ts';
import { tellEnded, tellExpiring } from './claim-messages.ts';
import { grantWaiting, leaveQueue } from './claim-queue.ts';
import { byHolder, claimsOf, settle } from './claims.ts';
import { endClaims } from './grants.ts';
import { endIntent } from './intents.ts';
import { startLease, warningAt } from './lease-clock.ts';

/**
 * Gives the claims of `agent` their full time again, after a call of its own; with `changedPaths`, those of
 * all agents of its worktree, after files changed there. A claim somebody waits for is only renewed by a
 * change inside it, or by claiming it again.
 */
export function renew(state: State, now: Now, agent: string, changedPaths?: readonly string[]): void {
  const holders = changedPaths ? housemates(state, agent) : [agent];
  for (const holder of holders)
    for (const claim of claimsOf(state, holder))
      if (!isWanted(state, claim) || (changedPaths && changedInside(claim, changedPaths)))
        startLease(state.volatile.leases, now.mono, claim);
}

/** Notes that the last connection of `agent` is gone. The grace of its claims begins, unless it has begun. */
export function noteGone(state: State, now: Now, agent: string): void {
  const { leases } = state.volatile;
  if (!leases.gone.has(agent)) leases.gone.set(agent, now.mono);
  leases.soonest = undefined;
}

/** Notes that `agent` has a connection. */
export function noteBack(state: State, agent: string): void {
  state.volatile.leases.gone.delete(agent);
}

/** When `tickClaims` has something to do at the latest, on the monotonic clock; undefined if nothing is due. */
export function nextClaimDeadline(state: State, now: Now): number | undefined {
  const { soonest = now.mono } = state.volatile.leases;
  return soonest === Number.POSITIVE_INFINITY ? undefined : soonest;
}

/** Everything time brings about for claims, waits, intents and conflicts by `tx.now`. */
export function tickClaims(tx: Transaction): void {
  const { state, now } = tx;
  startMissing(state, now.mono);
  spareAfterSleep(tx);
  reclaim(tx);
  expire(tx);
  warn(tx);
  endPlaces(tx);
  for (const intent of [...state.intents.values()]) if (intent.ends_at <= now.wall) endIntent(tx, intent.agent, 'time');
  tickFileConflicts(tx);
  state.volatile.leases.soonest = soonestDeadline(tx);
}

/** After a restart nothing is known of deadlines: everything has its full time from now on. */
function startMissing(state: State, mono: number): void {
  const { leases } = state.volatile;
  for (const claim of state.claims.values()) if (!leases.claims.has(claim.id)) startLease(leases, mono, claim);
  for (const wait of state.waits.values())
    if (!wait.queued && !leases.waits.has(wait.id))
      leases.waits.set(wait.id, { calls: 0, ends: mono + WAIT_PLACE_KEPT_SECONDS * SECOND_MS });
  for (const agent of leases.gone.keys()) if (!state.agents.has(agent)) leases.gone.delete(agent);
}

/**
 * On some systems the monotonic clock goes on while the machine sleeps, and then every lease would end in the
 * first tick after it wakes, before any holder could make a call. The clock is called when something is due;
 * if it comes much later than that, nobody was running, and whatever is due gets a little time.
 */
function spareAfterSleep(tx: Transaction): void {
  const { leases } = tx.state.volatile;
  const { mono } = tx.now;
  if (leases.soonest === undefined || mono - leases.soonest <= ASLEEP_AFTER_MS) return;
  const spared = mono + SPARED_MS;
  for (const lease of leases.claims.values()) lease.ends = Math.max(lease.ends, spared);
  for (const place of leases.waits.values()) place.ends = Math.max(place.ends, spared);
  for (const [agent, since] of leases.gone) leases.gone.set(agent, Math.max(since, spared - graceMs(tx)));
}

/** Ends what agents hold and wait for that have been without a connection for the whole grace. */
function reclaim(tx: Transaction): void {
  for (const [agent, since] of tx.state.volatile.leases.gone) {
    if (tx.now.mono - since < graceMs(tx)) continue;
    const waits = [...tx.state.waits.values()].filter((wait) => wait.agent === agent);
    const claims = claimsOf(tx.state, agent);
    if (waits.length === 0 && claims.length === 0) continue;
    for (const wait of waits) leaveQueue(tx, wait, 'gone');
    const ended = endClaims(tx, claims, 'reclaimed');
    if (ended.length > 0) tellEnded(tx, agent, ended, 'reclaimed');
    settle(tx, ended);
  }
}

function expire(tx: Transaction): void {
  const { leases } = tx.state.volatile;
  const expired = [...tx.state.claims.values()].filter(
    (claim) => (leases.claims.get(claim.id)?.ends ?? Infinity) <= tx.now.mono,
  );
  if (expired.length === 0) return;
  const ended = endClaims(tx, expired, 'expired');
  for (const [holder, claims] of byHolder(ended)) tellEnded(tx, holder, claims, 'expired');
  settle(tx, ended);
}

/** Tells holders, once for each renewal, that claims are about to end. */
function warn(tx: Transaction): void {
  const { leases } = tx.state.volatile;
  const ending: Claim[] = [];
  for (const claim of tx.state.claims.values()) {
    const lease = leases.claims.get(claim.id);
    if (!lease || lease.told || warningAt(lease.ends, claim) > tx.now.mono) continue;
    lease.told = true;
    ending.push(claim);
  }
  for (const [holder, claims] of byHolder(ending)) {
    const soonest = Math.min(...claims.map((claim) => leases.claims.get(claim.id)?.ends ?? Infinity));
    tellExpiring(tx, holder, claims, secondsBetween(tx.now.mono, soonest));
  }
}

/** Ends requests whose call timed out, and was not repeated while their place was kept. */
function endPlaces(tx: Transaction): void {
  const { leases } = tx.state.volatile;
  const lapsed = [...tx.state.waits.values()].filter(
    (wait) => (leases.waits.get(wait.id)?.ends ?? Infinity) <= tx.now.mono,
  );
  for (const wait of lapsed) leaveQueue(tx, wait, 'timed-out');
  if (lapsed.length > 0) grantWaiting(tx);
}

function soonestDeadline(tx: Transaction): number {
  const { state, now } = tx;
  const { leases } = state.volatile;
  let soonest = nextWindowEnd(tx);
  for (const claim of state.claims.values()) {
    const lease = leases.claims.get(claim.id);
    if (lease) soonest = Math.min(soonest, lease.told ? lease.ends : warningAt(lease.ends, claim));
  }
  for (const { ends } of leases.waits.values()) soonest = Math.min(soonest, ends);
  // What a grace that is over has to bring about has been done.
  for (const since of leases.gone.values())
    if (since + graceMs(tx) > now.mono) soonest = Math.min(soonest, since + graceMs(tx));
  for (const intent of state.intents.values()) soonest = Math.min(soonest, now.mono + intent.ends_at - now.wall);
  return soonest;
}

function isWanted(state: State, claim: Claim): boolean {
  return waitsAgainst(state, { agent: claim.holder, things: [claim.thing], mode: claim.mode }).size > 0;
}

function changedInside({ thing }: Claim, paths: readonly string[]): boolean {
  return thing.on === 'path' && paths.some((path) => covers(thing.target, path));
}

/** All agents of the worktree of `agent`; itself alone if it has none. */
export function housemates(state: State, agent: string): string[] {
  const worktree = state.agents.get(agent)?.worktree;
  if (worktree === undefined) return [agent];
  return [...state.agents.values()].filter((other) => other.worktree === worktree).map((other) => other.id);
}

function graceMs(tx: Transaction): number {
  return tx.config.claims.disconnectGraceSeconds * SECOND_MS;
}

/** A tick this much later than the first thing that was due means that the machine slept, in milliseconds. */
const ASLEEP_AFTER_MS = 15 * SECOND_MS;
/** What is left of every lease, place and grace at least after such a sleep, in milliseconds. */
const SPARED_MS = 60 * SECOND_MS;
