import * as errors from '../../errors/work.ts';
import type {
  Assignment,
  FinishAnswer,
  FinishRequest,
  HoldRequest,
  TakeAnswer,
  TakeRequest,
} from '../../protocol/work.ts';
import { noteGone } from '../claims/leases.ts';
import { idForBranch } from '../roster/identity.ts';
import { isOnline } from '../roster/roster.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { countAttempt } from './attempts.ts';
import { grantItem } from './claim-item.ts';
import { canonicalId, findItem } from './find-item.ts';
import { branchOf } from './item-branch.ts';
import { change, claimOn, holderOf, type WorkItem } from './items.ts';
import { bringToQa, free } from './moves.ts';
import { isAnyFree, isFree, isReady, readyItems, thingsOf } from './next-item.ts';
import { itemView } from './work-view.ts';

/**
 * The calls of headless workers. A worker acts through the agent of the branch it makes for an item: that agent
 * holds the claims, so that the command run in the item's worktree finds them to be its own.
 */

/** Gives the best item that is free. */
export function take(tx: Transaction, request: Pick<TakeRequest, 'ttl_seconds'>): TakeAnswer {
  const item = bestFor(tx.state);
  if (!item) return { open: openItems(tx.state) };
  const branch = branchOf(item);
  const agent = idForBranch(tx.state, branch);
  if (!tx.state.agents.has(agent)) tx.emit({ kind: 'agent', id: agent, set: { origin: 'branch', branch } });
  const interrupted = item.interrupted === true;
  grantItem(tx, agent, item, { things: thingsOf(item), ttl: request.ttl_seconds });
  change(tx, item.id, { set: { worker: true, branch }, unset: ['interrupted'] });
  // Nobody is connected as this agent yet; if the worker dies before it is, the grace ends the claim.
  if (!isOnline(tx.state, agent)) noteGone(tx.state, tx.now, agent);
  return {
    assignment: assignment(tx.state, item.id, { agent, branch, interrupted }),
    open: openItems(tx.state),
  };
}

/** Whether `take` would give something. */
export function couldTake(state: State): boolean {
  return isAnyFree(state, (item) => isFreeForWorker(state, item));
}

/** Whether an item is still held under this fence. */
export function isHeld(state: State, { id, fence }: Pick<HoldRequest, 'id' | 'fence'>): boolean {
  const item = state.items.get(canonicalId(id));
  return item !== undefined && claimOn(state, item)?.fence === fence;
}

/**
 * Takes in how a run ended. An item with commits goes to `qa`, one without is free again.
 * @throws PawError if the claim was lost while it ran
 */
export function finish(tx: Transaction, request: FinishRequest): FinishAnswer {
  const item = findItem(tx.state, request.id);
  const claim = claimOn(tx.state, item);
  if (claim?.fence !== request.fence) throw errors.runLostClaim(item.id, holderOf(tx.state, item));
  const { outcome, commit, reason, output, unpushed } = request;
  const { holder } = claim;
  if (item.stage !== 'current') {
    // Somebody who judges work has moved it meanwhile, and knows why.
    free(tx, item, 'done');
  } else if (outcome === 'done' && commit !== undefined) {
    free(tx, item, 'done');
    bringToQa(tx, findItem(tx.state, item.id), { by: holder, commit, reason });
    if (findItem(tx.state, item.id).stage === 'current')
      change(tx, item.id, { entry: { event: 'released', by: holder, holder, reason: 'sent back while it ran' } });
  } else if (outcome === 'stopped') {
    free(tx, item, 'released');
  } else {
    free(tx, item, 'failed');
    const why = reason ?? 'there was no commit';
    change(tx, item.id, {
      set: { ...(output ? { output } : {}), ...(unpushed ? { interrupted: true } : {}) },
      entry: { event: 'failed', by: holder, holder, reason: why },
    });
    countAttempt(tx, item.id, why);
  }
  return { item: itemView(tx.state, findItem(tx.state, item.id)) };
}

/** Like `nextItem`, but each item is asked for by the agent of its own branch. */
function bestFor(state: State): WorkItem | undefined {
  return readyItems(state, '').find((item) => isFreeForWorker(state, item));
}

function isFreeForWorker(state: State, item: WorkItem): boolean {
  return isFree(state, idForBranch(state, branchOf(item)), thingsOf(item));
}

function openItems(state: State): number {
  let open = 0;
  for (const item of state.items.values())
    if (item.stage === 'current' && (isReady(state, item) || (item.worker && claimOn(state, item)))) open += 1;
  return open;
}

function assignment(
  state: State,
  id: string,
  given: { agent: string; branch: string; interrupted: boolean },
): Assignment {
  const item = findItem(state, id);
  return {
    item: itemView(state, item),
    agent_id: given.agent,
    fence: claimOn(state, item)?.fence ?? 0,
    branch: given.branch,
    base: state.base,
    ...(item.rejected === undefined ? {} : { rejected: item.rejected }),
    ...(given.interrupted ? { interrupted: true } : {}),
    ...(item.feedback === undefined ? {} : { feedback: item.feedback }),
  };
}
