import type { Stage } from '../../protocol/work.ts';
import type { ClaimEndReason } from '../claims/claim-events.ts';
import { settle } from '../claims/claims.ts';
import { endClaims } from '../claims/grants.ts';
import { sameCommit } from '../messages/same-commit.ts';
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
  const maker = [...tx.state.agents.values()].find(
    (agent) => agent.branch !== undefined && agent.branch === item.branch,
  );
  const inQa = tx.state.items.get(item.id);
  if (inQa && maker?.verified !== undefined && sameCommit(maker.verified, mover.commit))
    move(tx, inQa, 'merge', { by: mover.by, commit: mover.commit, reason: 'verified before' });
}

/** Ends the claim on an item and on the paths claimed with it. */
export function free(tx: Transaction, item: WorkItem, why: ClaimEndReason): void {
  const claim = claimOn(tx.state, item);
  if (claim) settle(tx, endClaims(tx, [claim], why));
}
