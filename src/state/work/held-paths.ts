import { pathsNotClaimed } from '../../errors/work.ts';
import { tellGranted, tellLost } from '../claims/claim-messages.ts';
import { dropSatisfied, grantWaiting } from '../claims/claim-queue.ts';
import { settle } from '../claims/claims.ts';
import { endClaims, grant, heldClaim } from '../claims/grants.ts';
import { keyOf } from '../claims/things.ts';
import { forwardConflicts } from '../conflicts/conflicts.ts';
import type { Transaction } from '../transaction.ts';
import { findItem } from './find-item.ts';
import { claimOn } from './items.ts';
import { isFree, thingsOf } from './next-item.ts';

/**
 * Brings what the holder of an item has claimed with it in line with the item's paths: what they do not name any more
 * is given back, and what they name is claimed, all of it or nothing. A holder that did not change them itself is told.
 * @returns what is to be said if others stand in the way
 */
export function followPaths(tx: Transaction, id: string, by: string): string | undefined {
  const item = findItem(tx.state, id);
  const claim = claimOn(tx.state, item);
  if (!claim) return undefined;
  const { holder, ttl, reason } = claim;
  const paths = thingsOf(item).filter(({ on }) => on === 'path');
  const named = new Set(paths.map(keyOf));
  const isOver = (one: { holder: string; item?: string }): boolean => one.holder === holder && one.item === id;
  const over = [...tx.state.claims.values()].filter((one) => isOver(one) && !named.has(keyOf(one.thing)));
  settle(tx, endClaims(tx, over, 'released'));
  if (over.length > 0 && holder !== by) tellLost(tx, holder, over, by);
  const missing = paths.filter((thing) => heldClaim(tx.state, holder, thing)?.mode !== 'exclusive');
  if (missing.length === 0) return undefined;
  if (!isFree(tx.state, holder, missing)) return pathsNotClaimed(id, holder);
  const claims = grant(tx, holder, {
    things: missing,
    mode: 'exclusive',
    ttl,
    item: id,
    ...(reason === undefined ? {} : { reason }),
  });
  dropSatisfied(tx, holder);
  grantWaiting(tx);
  forwardConflicts(tx, holder, missing);
  if (holder !== by) tellGranted(tx, holder, claims);
  return undefined;
}
