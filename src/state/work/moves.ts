import type { Stage } from '../../protocol/work.ts';
import type { ClaimEndReason } from '../claims/claim-events.ts';
import { settle } from '../claims/claims.ts';
import { endClaims } from '../claims/grants.ts';
import { sameCommit } from '../messages/same-commit.ts';
import { ownerOf } from '../roster/identity.ts';
import type { Transaction } from '../transaction.ts';
import { type Change, change, claimOn, type WorkItem } from './items.ts';
import { UNHELD } from './stages.ts';

/** Who moves an item, and what is to be said about it. */
export interface Mover {
  by: string;
  reason?: string | undefined;
  commit?: string | undefined;
}

/** Puts an item into a stage; that it may go there has been checked. Where there is nothing to hold it for, its claim ends. */
export function move(
  tx: Transaction,
  item: WorkItem,
  to: Stage,
  { by, reason, commit }: Mover,
  more: Change = {},
): void {
  const { holder } = claimOn(tx.state, item) ?? {};
  change(tx, item.id, {
    ...more,
    set: { ...more.set, stage: to, ...(commit === undefined ? {} : { commit }) },
    entry: {
      event: 'moved',
      by,
      from: item.stage,
      to,
      ...(holder === undefined ? {} : { holder }),
      ...(commit === undefined ? {} : { commit }),
      ...(reason === undefined ? {} : { reason }),
    },
  });
  if (UNHELD.has(to)) free(tx, item, to === 'backlog' ? 'released' : 'done');
}

/**
 * Brings work to be looked at: the item goes to `qa`, and on from there if there is a verdict on this commit already.
 */
export function bringToQa(tx: Transaction, item: WorkItem, mover: Mover & { commit: string }): void {
  if (item.rejected !== undefined && sameCommit(item.rejected, mover.commit)) return;
  move(tx, item, 'qa', mover, { unset: ['rejected', 'feedback', 'interrupted', 'output'] });
  goOnIfVerified(tx, item.id, mover);
}

/** Takes a further commit on what is in `qa` for its commit, so that a verdict on an older one is none on the item. */
export function renewInQa(tx: Transaction, item: WorkItem, mover: Mover & { commit: string }): void {
  const { by, commit } = mover;
  change(tx, item.id, { set: { commit }, entry: { event: 'updated', by, commit, reason: 'a further commit' } });
  goOnIfVerified(tx, item.id, mover);
}

/** Ends the claim on an item and on the paths claimed with it. */
export function free(tx: Transaction, item: WorkItem, why: ClaimEndReason): void {
  const claim = claimOn(tx.state, item);
  if (claim) settle(tx, endClaims(tx, [claim], why));
}

/** A verdict can be quicker than what sees the commit. */
function goOnIfVerified(tx: Transaction, id: string, { by, commit }: Mover & { commit: string }): void {
  const item = tx.state.items.get(id);
  const verified = item?.branch === undefined ? undefined : ownerOf(tx.state, item.branch)?.verified;
  if (item && verified !== undefined && sameCommit(verified, commit))
    move(tx, item, 'merge', { by, commit, reason: 'verified before' });
}
