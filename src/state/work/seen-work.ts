import { sameCommit } from '../messages/same-commit.ts';
import { covers } from '../patterns/patterns.ts';
import { ownerOf, resolvedBy } from '../roster/identity.ts';
import { type Agent, COORDINATOR } from '../roster/roster.ts';
import { slug } from '../roster/slug.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { findItem } from './find-item.ts';
import { change, holderOf, type WorkItem } from './items.ts';
import { bringToQa, move } from './moves.ts';

/**
 * How items follow what happens: commits, edits, verdicts and merges. Items held by a headless worker are left to
 * it, as it alone knows when its command has ended.
 */

/** There is a new commit in an agent's worktree. */
export function sawCommit(tx: Transaction, agent: Agent, commit: string, files: readonly string[]): void {
  for (const item of aboutFiles(heldHere(tx.state, agent, 'current'), files)) {
    change(tx, item.id, { set: { commit } });
    if (agent.files.length === 0) bringToQa(tx, item, { by: COORDINATOR, commit });
  }
}

/** The uncommitted files of an agent's worktree have changed: there are some, or none any more. */
export function sawTree(tx: Transaction, agent: Agent, isClean: boolean): void {
  const current = heldHere(tx.state, agent, 'current');
  if (isClean) {
    for (const item of current)
      if (item.commit !== undefined) bringToQa(tx, item, { by: COORDINATOR, commit: item.commit });
    return;
  }
  // With an item in current, what is edited is that one.
  if (current.length > 0) return;
  const reviewed = aboutFiles(heldHere(tx.state, agent, 'qa'), agent.files);
  const [newest] = reviewed.sort((a, b) => (lastChange(a) < lastChange(b) ? 1 : -1));
  if (newest) move(tx, newest, 'current', { by: COORDINATOR, reason: 'edited again' });
}

/** An agent's work was found good, at its newest commit or an older one. */
export function itemsAccepted(tx: Transaction, agent: Agent, commit: string, isTip: boolean, by: string): void {
  for (const item of itemsOf(tx.state, agent, ['qa']))
    if (concerns(item, commit, isTip)) move(tx, item, 'merge', { by, commit });
}

/**
 * Defects were found in an agent's work. Its items in review go back to `current`, where the same holder has them if
 * it still holds them; what a worker is busy with is only noted.
 */
export function itemsSentBack(
  tx: Transaction,
  agent: Agent,
  verdict: { commit: string | undefined; isTip: boolean; by: string; errors: readonly string[] },
): void {
  const { commit, isTip, by, errors } = verdict;
  for (const item of itemsOf(tx.state, agent, ['current', 'qa', 'merge'])) {
    const isBusy = item.stage === 'current';
    if ((isBusy && !item.worker) || !(isBusy || concerns(item, commit, isTip))) continue;
    const rejected = commit ?? item.commit ?? agent.tip;
    const set = { feedback: [...errors].slice(0, FEEDBACK_KEPT), ...(rejected === undefined ? {} : { rejected }) };
    if (isBusy) change(tx, item.id, { set });
    else move(tx, item, 'current', { by, reason: errors[0] }, { set, unset: ['commit'] });
  }
}

/** A branch was merged: what was done on it is done. */
export function itemsMerged(tx: Transaction, branch: string, commit: string, by: string): void {
  for (const item of [...tx.state.items.values()]) {
    if ((item.stage !== 'qa' && item.stage !== 'merge') || !isBranchOf(tx.state, item, branch)) continue;
    if (item.stage === 'qa') move(tx, item, 'merge', { by, reason: 'merged without a verdict' });
    const reason = `merged into the base as ${commit.slice(0, COMMIT_SHOWN)}`;
    move(tx, findItem(tx.state, item.id), 'done', { by, reason });
  }
}

/** Items in a stage that agents of this worktree hold, but no worker, oldest first. */
function heldHere(state: State, { worktree, id }: Agent, stage: WorkItem['stage']): WorkItem[] {
  return [...state.items.values()].filter((item) => {
    if (item.stage !== stage || item.worker) return false;
    const holder = holderOf(state, item);
    if (holder === undefined) return false;
    return holder === id || (worktree !== undefined && state.agents.get(holder)?.worktree === worktree);
  });
}

/** Of several items, those whose paths these files are, or that name none; all of them if there is no such item. */
function aboutFiles(items: WorkItem[], files: readonly string[]): WorkItem[] {
  const about = items.filter(
    ({ targets }) => targets.length === 0 || targets.some((target) => files.some((file) => covers(target, file))),
  );
  return about.length === 0 ? items : about;
}

function lastChange(item: WorkItem): string {
  return item.history.at(-1)?.at ?? '';
}

/** Items in these stages that were made on an agent's branch. */
function itemsOf(state: State, agent: Agent, stages: readonly WorkItem['stage'][]): WorkItem[] {
  return [...state.items.values()].filter(
    (item) =>
      stages.includes(item.stage) &&
      (item.branch === undefined
        ? item.lastHolder === agent.id
        : item.branch === agent.branch || agent.aliases.includes(item.branch)),
  );
}

/** Whether a verdict on a commit is one on this item. A verdict on the tip is one on all that is below it. */
function concerns(item: WorkItem, commit: string | undefined, isTip: boolean): boolean {
  return isTip || (commit !== undefined && item.commit !== undefined && sameCommit(item.commit, commit));
}

/** Whether an item was made on this branch, given by any name it has or had. It may be gone by the time its merge is told. */
function isBranchOf(state: State, item: WorkItem, branch: string): boolean {
  if (item.branch === branch) return true;
  const agent = ownerOf(state, branch) ?? state.agents.get(resolvedBy(state, branch) ?? '');
  if (item.branch === undefined) return agent !== undefined && item.lastHolder === agent.id;
  if (agent === undefined) return slug(item.branch) === slug(branch);
  return agent.branch === item.branch || agent.aliases.includes(item.branch);
}

/** How many lines of a feedback an item keeps for its next holder. */
const FEEDBACK_KEPT = 50;
/** Digits of a commit in a sentence. */
const COMMIT_SHOWN = 12;
