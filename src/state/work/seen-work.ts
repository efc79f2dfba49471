import { sameCommit } from '../messages/same-commit.ts';
import { covers } from '../patterns/patterns.ts';
import { ownerOf, resolvedBy } from '../roster/identity.ts';
import { type Agent, COORDINATOR } from '../roster/roster.ts';
import { slug } from '../roster/slug.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { findItem } from './find-item.ts';
import { type Change, change, holderOf, type WorkItem } from './items.ts';
import { bringToQa, move, renewInQa } from './moves.ts';

/**
 * How items follow what happens: commits, edits, verdicts and merges. Items held by a headless worker are left to
 * it, as it alone knows when its command has ended.
 */

/** There is a new commit in an agent's worktree. */
export function sawCommit(tx: Transaction, agent: Agent, commit: string, files: readonly string[]): void {
  const current = heldHere(tx.state, agent, 'current');
  for (const item of aboutFiles(current, files)) {
    change(tx, item.id, { set: { commit } });
    if (agent.files.length === 0) bringToQa(tx, item, { by: COORDINATOR, commit });
  }
  // With an item in current, what is committed is that one.
  if (current.length > 0) return;
  const reviewed = itemsOf(tx.state, agent, ['qa']).filter(({ worker }) => !worker);
  // Whoever brought it there may have named the commit before it was seen.
  if (reviewed.some((item) => isMadeWith(item, commit))) return;
  const newest = newestOf(aboutFiles(reviewed, files));
  if (newest) renewInQa(tx, newest, { by: COORDINATOR, commit });
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
  const newest = newestOf(aboutFiles(heldHere(tx.state, agent, 'qa'), agent.files));
  if (newest) move(tx, newest, 'current', { by: COORDINATOR, reason: 'edited again' });
}

/** An agent's work was found good, at its newest commit or an older one. */
export function itemsAccepted(tx: Transaction, agent: Agent, commit: string, isTip: boolean, by: string): void {
  for (const item of itemsOf(tx.state, agent, ['qa']))
    if (concerns(item, commit, isTip)) move(tx, item, 'merge', { by, commit });
}

/** A verdict against an agent's work: on a commit, or without one on its newest. */
export interface Defects {
  commit: string | undefined;
  isTip: boolean;
}

/**
 * Defects were found in an agent's work. Its items in review go back to `current`, where the same holder has them if
 * it still holds them. What is in `current` stays there, and takes another commit than this one.
 */
export function itemsSentBack(
  tx: Transaction,
  agent: Agent,
  { by, errors, ...defects }: Defects & { by: string; errors: readonly string[] },
): void {
  for (const item of sentBackBy(tx.state, agent, defects)) {
    const rejected = defects.commit ?? item.commit ?? agent.tip;
    const set = { feedback: [...errors].slice(0, FEEDBACK_KEPT), ...(rejected === undefined ? {} : { rejected }) };
    const more: Change = { set, unset: ['commit'] };
    if (item.stage === 'current') change(tx, item.id, more);
    else move(tx, item, 'current', { by, reason: errors[0] }, more);
  }
}

/** Who holds what such a verdict sends back, beside the agent itself. */
export function holdersSentBack(state: State, agent: Agent, defects: Defects): string[] {
  const holders = sentBackBy(state, agent, defects).flatMap((item) => holderOf(state, item) ?? []);
  return [...new Set(holders)].filter((holder) => holder !== agent.id);
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
function heldHere(state: State, agent: Agent, stage: WorkItem['stage']): WorkItem[] {
  return [...state.items.values()].filter((item) => {
    if (item.stage !== stage || item.worker) return false;
    const holder = holderOf(state, item);
    return holder !== undefined && isAtHome(state, holder, agent);
  });
}

/** Whether somebody is this agent, or works in its worktree. */
function isAtHome(state: State, id: string, agent: Agent): boolean {
  return id === agent.id || (agent.worktree !== undefined && state.agents.get(id)?.worktree === agent.worktree);
}

/**
 * The items that a verdict is about: those made with this very commit. If there are none, a verdict on the tip is one on
 * what is in review below it, but not on what was verified at another commit. Nobody gets more than one back: the newest.
 * What a worker is busy with is concerned by whatever is said of its branch.
 */
function sentBackBy(state: State, agent: Agent, { commit, isTip }: Defects): WorkItem[] {
  const items = itemsOf(state, agent, ['current', 'qa', 'merge']);
  const busy = items.filter(({ stage, worker }) => stage === 'current' && worker);
  const others = items.filter(
    (item) => !busy.includes(item) && (item.stage !== 'current' || item.commit !== undefined),
  );
  const about = commit ?? agent.tip;
  const made = others.filter((item) => isMadeWith(item, about));
  const below = others.filter((item) => isTip && (item.stage !== 'merge' || item.commit === undefined));
  const found = made.length > 0 ? made : below;
  const isNewest = (item: WorkItem): boolean => {
    const holder = holderOf(state, item);
    return holder === undefined || newestOf(found.filter((other) => holderOf(state, other) === holder)) === item;
  };
  return [...busy, ...found.filter(isNewest)];
}

/** Of several items, those whose paths these files are, or that name none; all of them if there is no such item. */
function aboutFiles(items: WorkItem[], files: readonly string[]): WorkItem[] {
  const about = items.filter(
    ({ targets }) => targets.length === 0 || targets.some((target) => files.some((file) => covers(target, file))),
  );
  return about.length === 0 ? items : about;
}

/** The item that changed last, of several at the same time the youngest. */
function newestOf(items: readonly WorkItem[]): WorkItem | undefined {
  const lastChange = ({ history }: WorkItem): string => history.at(-1)?.at ?? '';
  return items.reduce<WorkItem | undefined>(
    (best, item) => (best === undefined || lastChange(item) >= lastChange(best) ? item : best),
    undefined,
  );
}

/** Items in these stages that were made on an agent's branch; on none, by it or by somebody else in its worktree. */
function itemsOf(state: State, agent: Agent, stages: readonly WorkItem['stage'][]): WorkItem[] {
  return [...state.items.values()].filter(
    (item) =>
      stages.includes(item.stage) &&
      (item.branch === undefined
        ? item.lastHolder !== undefined && isAtHome(state, item.lastHolder, agent)
        : item.branch === agent.branch || agent.aliases.includes(item.branch)),
  );
}

/** Whether a verdict on a commit is one on this item. A verdict on the tip is one on all that is below it. */
function concerns(item: WorkItem, commit: string | undefined, isTip: boolean): boolean {
  return isTip || isMadeWith(item, commit);
}

function isMadeWith(item: WorkItem, commit: string | undefined): boolean {
  return commit !== undefined && item.commit !== undefined && sameCommit(item.commit, commit);
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
