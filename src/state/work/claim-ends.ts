import type { WorkEntry } from '../../protocol/work.ts';
import type { Claim, ClaimEndReason } from '../claims/claim-events.ts';
import { COORDINATOR, HUMAN } from '../roster/roster.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { countAttempt } from './attempts.ts';
import { change } from './items.ts';

/** What the end of a claim does to the item it was on. */

/** What an item's history says of an end that says nothing more by itself. */
const ENTRIES: Readonly<Partial<Record<ClaimEndReason, WorkEntry['event']>>> = {
  released: 'released',
  forced: 'released',
  expired: 'expired',
  reclaimed: 'reclaimed',
  gone: 'reclaimed',
};
/** Ends by which an item has lost its holder, who did not give it back. */
const LOSSES: ReadonlySet<ClaimEndReason> = new Set(['expired', 'reclaimed', 'gone']);

/** These claims and the paths that were claimed together with their items. */
export function withPathsOfItems(state: State, claims: readonly Claim[]): Claim[] {
  const all = new Set(claims);
  for (const { thing, holder } of claims) {
    if (thing.on !== 'work') continue;
    for (const other of state.claims.values()) if (other.item === thing.item && other.holder === holder) all.add(other);
  }
  return [...all];
}

/** Frees the items that ended claims were on; those that were lost count an attempt. */
export function freeItems(tx: Transaction, ended: readonly Claim[], why: ClaimEndReason): void {
  for (const { id, thing, holder } of ended) {
    const item = thing.on === 'work' ? tx.state.items.get(thing.item) : undefined;
    if (!item || item.claim !== id) continue;
    const event = ENTRIES[why];
    const isLoss = LOSSES.has(why);
    const isGivenBack = item.stage === 'current' && (why === 'released' || why === 'forced');
    const by = isLoss ? COORDINATOR : why === 'forced' ? HUMAN : holder;
    change(tx, item.id, {
      set: {
        ...(isLoss && item.worker ? { interrupted: true } : {}),
        ...(isGivenBack ? { givenBack: true } : {}),
      },
      unset: ['claim', 'worker', 'kept'],
      ...(event === undefined ? {} : { entry: { event, by, holder } }),
    });
    if (isLoss && item.stage === 'current') countAttempt(tx, item.id, `${holder} vanished while it held it`);
  }
}
