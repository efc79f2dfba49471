import type { State } from '../state.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { freeItems, withPathsOfItems } from '../work/claim-ends.ts';
import { blockersOf, waitsAgainst } from './blockers.ts';
import type { Claim, Claimable, ClaimEndReason, ClaimMode, Wait } from './claim-events.ts';
import { indexOf } from './claim-index.ts';
import { tellWanted } from './claim-messages.ts';
import { startLease } from './lease-clock.ts';
import { keyOf } from './things.ts';

/** What is asked for, by a call or by a place in the queue. */
export interface Wish {
  things: readonly Claimable[];
  mode: ClaimMode;
  /** Seconds. */
  ttl: number;
  reason?: string;
  /** The work item whose paths are claimed with it. */
  item?: string;
}

/**
 * Gives `agent` what it wishes; that nothing stands against it has been checked. What it holds already is
 * renewed under the same fence; a change from shared to exclusive is a new grant. Whoever waits for
 * something now taken is announced to the new holder.
 * @returns the claims, in the order of the wish.
 */
export function grant(tx: Transaction, agent: string, wish: Wish): Claim[] {
  return wish.things.map((thing) => {
    const before = heldClaim(tx.state, agent, thing);
    const claim = before ? renewed(tx, before, thing, wish) : newClaim(tx, agent, thing, wish);
    const waiters = before?.mode === claim.mode ? [] : newWaiters(tx.state, claim);
    if (claim !== before) tx.emit({ kind: 'claimed', claim });
    startLease(tx.state.volatile.leases, tx.now.mono, claim);
    for (const wait of waiters) tellWanted(tx, agent, wait, thing);
    return claim;
  });
}

/**
 * Ends claims and what time knows of them, and with the claim on a work item those on its paths. Granting them to
 * others is the caller's next step.
 * @returns all that has ended.
 */
export function endClaims(tx: Transaction, claims: readonly Claim[], why: ClaimEndReason): Claim[] {
  if (claims.length === 0) return [];
  const ended = withPathsOfItems(tx.state, claims);
  tx.emit({ kind: 'claim-ended', ids: ended.map((claim) => claim.id), why });
  for (const claim of ended) tx.state.volatile.leases.claims.delete(claim.id);
  freeItems(tx, ended, why);
  return ended;
}

/** The claim that `agent` has on exactly this. */
export function heldClaim(state: State, agent: string, thing: Claimable): Claim | undefined {
  const id = indexOf(state).held.get(agent)?.get(keyOf(thing));
  return id === undefined ? undefined : state.claims.get(id);
}

function newClaim(tx: Transaction, agent: string, thing: Claimable, wish: Wish): Claim {
  const fence = tx.state.fence + 1;
  return {
    id: `c${fence}`,
    holder: agent,
    thing,
    mode: wish.mode,
    ...(wish.reason === undefined ? {} : { reason: wish.reason }),
    ...(wish.item === undefined || thing.on !== 'path' ? {} : { item: wish.item }),
    ttl: wish.ttl,
    granted_at: iso(tx.now.wall),
    fence,
    state: 'held',
  };
}

/** The claim as it is after claiming it again; the same object if nothing about it changes. */
function renewed(tx: Transaction, before: Claim, thing: Claimable, wish: Wish): Claim {
  const reason = wish.reason ?? before.reason;
  // What was a file can be a folder by now, and the other way round.
  const same = isFile(before.thing) === isFile(thing);
  if (same && before.mode === wish.mode && before.ttl === wish.ttl && before.reason === reason) return before;
  const upgraded = before.mode === 'shared' && wish.mode === 'exclusive';
  return {
    ...before,
    thing,
    mode: wish.mode,
    ttl: wish.ttl,
    ...(reason === undefined ? {} : { reason }),
    ...(reason === before.reason ? {} : { reason_at: iso(tx.now.wall) }),
    ...(upgraded ? { fence: tx.state.fence + 1, granted_at: iso(tx.now.wall) } : {}),
  };
}

function isFile(thing: Claimable): boolean {
  return thing.on === 'path' && thing.target.file === true;
}

/** Requests that meet `claim`, but nothing else that its holder has, so that it has not been told of them. */
function newWaiters(state: State, { holder, thing, mode }: Claim): Wait[] {
  const waits = waitsAgainst(state, { agent: holder, things: [thing], mode });
  return [...waits].filter((wait) => !blockersOf(state, wait).has(holder));
}
