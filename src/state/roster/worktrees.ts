import { reviewFileConflicts } from '../conflicts/file-conflicts.ts';
import { followWorktree } from '../conflicts/moved-worktree.ts';
import { unreadDirect } from '../messages/mail.ts';
import type { Transaction } from '../transaction.ts';
import { ensureRoles, idForBranch, idForFolder, isBound, ownerOf, resolveWorktree } from './identity.ts';
import type { Agent } from './roster.ts';
import { leave } from './sessions.ts';

/** A worktree of the repository, as git lists it. */
export interface WorktreeFact {
  /** Absolute path. */
  path: string;
  /** Checked-out branch, or the one being rebased; absent on a detached HEAD. */
  branch?: string | undefined;
  /** Commit that is checked out; absent while the branch has none. */
  head?: string | undefined;
  /** A rebase of `branch` is under way. */
  rebasing?: boolean | undefined;
}

type OnBranch = WorktreeFact & { branch: string };

/**
 * Takes in the list of worktrees: every one of them is an agent that can be written to before it first
 * connects. An agent whose worktree is gone leaves with its claims and plans.
 */
export function sightWorktrees(
  tx: Transaction,
  list: readonly WorktreeFact[],
  base: string,
  { own = false }: { own?: boolean } = {},
): void {
  ensureRoles(tx);
  if (tx.state.base !== base || (own && tx.state.ownBase !== base))
    tx.emit({ kind: 'base', base, ...(own ? { own: true } : {}) });
  releaseAliases(tx, list);
  for (const worktree of list) followMove(tx, worktree, list);
  for (const worktree of list) sight(tx, worktree, list);
  const present = new Set(list.map((worktree) => worktree.path));
  for (const agent of [...tx.state.agents.values()])
    if (agent.worktree !== undefined && !present.has(agent.worktree) && agent.origin !== 'role') leave(tx, agent.id);
  reviewFileConflicts(tx);
}

function sight(tx: Transaction, fact: WorktreeFact, list: readonly WorktreeFact[]): void {
  if (fact.branch !== undefined) followBranch(tx, { ...fact, branch: fact.branch }, list);
  const id = idOf(tx, fact);
  const known = tx.state.agents.get(id);
  const set: Partial<Agent> = {
    ...(known?.worktree === fact.path ? {} : { worktree: fact.path }),
    ...(known?.branch === fact.branch || fact.branch === undefined ? {} : { branch: fact.branch }),
    ...(known?.tip === fact.head || fact.head === undefined ? {} : { tip: fact.head }),
    // A newer commit is not the one that was verified.
    ...(known?.label === 'verified' && fact.head !== undefined && known.tip !== fact.head
      ? { label: 'committed' }
      : {}),
    ...(known ? {} : { origin: fact.branch === undefined ? ('folder' as const) : ('branch' as const) }),
  };
  const head = fact.rebasing ? 'rebasing' : fact.branch === undefined ? 'detached' : undefined;
  if (head !== undefined && known?.head !== head) set.head = head;
  const unset = head === undefined && known?.head !== undefined ? { unset: ['head' as const] } : {};
  if (Object.keys({ ...set, ...unset }).length > 0) tx.emit({ kind: 'agent', id, set, ...unset });
}

function idOf(tx: Transaction, { path, branch }: WorktreeFact): string {
  if (branch !== undefined) return idForBranch(tx.state, branch, path);
  const here = resolveWorktree(tx.state, path);
  // Whoever works there goes on; a second name would only get copies of their mail.
  return here && isBound(tx.state, here.id) ? here.id : idForFolder(tx.state, path);
}

/** The worktree of a branch was moved to a path where nobody was: everybody who works in it is there now. */
function followMove(tx: Transaction, { path, branch }: WorktreeFact, list: readonly WorktreeFact[]): void {
  const from = branch === undefined ? undefined : ownerOf(tx.state, branch)?.worktree;
  if (from === undefined || list.some((other) => other.path === from)) return;
  const agents = [...tx.state.agents.values()];
  if (agents.some(({ worktree }) => worktree === path)) return;
  for (const { id, worktree } of agents) if (worktree === from) tx.emit({ kind: 'agent', id, set: { worktree: path } });
  followWorktree(tx, from, path);
}

/** Whoever a worktree was known by goes on as the agent of its branch. */
function followBranch(tx: Transaction, fact: OnBranch, list: readonly WorktreeFact[]): void {
  const here = resolveWorktree(tx.state, fact.path);
  if (here && here.branch !== fact.branch) moveTo(tx, here, fact.branch, isRename(tx, here, fact, list));
  // What is left of a time on no branch, unless somebody is at work under that name.
  for (const agent of [...tx.state.agents.values()])
    if (agent.origin === 'folder' && agent.worktree === fact.path && !isBound(tx.state, agent.id))
      moveTo(tx, agent, fact.branch, false);
}

/** A name that another worktree has taken is no longer the former name of anybody. */
function releaseAliases(tx: Transaction, list: readonly WorktreeFact[]): void {
  const holders = new Map(list.map(({ branch, path }) => [branch, path]));
  for (const agent of [...tx.state.agents.values()]) {
    if (agent.origin !== 'branch') continue;
    const aliases = agent.aliases.filter((alias) => (holders.get(alias) ?? agent.worktree) === agent.worktree);
    if (aliases.length < agent.aliases.length) tx.emit({ kind: 'agent', id: agent.id, set: { aliases } });
  }
}

/** Whether the branch was given another name: the commit is the same, and nobody has the old or had the new name. */
function isRename(tx: Transaction, agent: Agent, fact: OnBranch, list: readonly WorktreeFact[]): boolean {
  const { branch: before, tip } = agent;
  if (before === undefined || before === tx.state.base) return false;
  if (tip !== fact.head || ownerOf(tx.state, fact.branch) !== undefined) return false;
  return list.every(({ branch }) => branch !== before);
}

/**
 * A worktree has another branch than before, or one where it had none. Under a live session the agent keeps its id
 * and is known by both names; otherwise the branch gets an agent of its own, which inherits what was written to the
 * old one. After a rename it inherits all that is known of the old one, and is known by both names too.
 */
function moveTo(tx: Transaction, agent: Agent, branch: string, isRenamed: boolean): void {
  const before = agent.branch;
  const aliases = [...new Set([...agent.aliases, ...(before === undefined ? [] : [before])])].filter(
    (alias) => alias !== branch,
  );
  const id = idForBranch(tx.state, branch, agent.worktree);
  // A branch that has its former name again, or the name of its folder, is the same agent as well.
  if (isBound(tx.state, agent.id) || id === agent.id) {
    tx.emit({ kind: 'agent', id: agent.id, set: { origin: 'branch', branch, aliases } });
    return;
  }
  const { id: _, ...known } = agent;
  tx.emit({ kind: 'agent', id, set: isRenamed ? { ...known, branch, aliases } : { origin: 'branch', branch } });
  if (isRenamed) carryOver(tx, agent.id, id);
  const seqs = unreadDirect(tx.state, agent.id);
  if (seqs.length > 0) tx.emit({ kind: 'handed-on', from: agent.id, to: id, seqs });
  leave(tx, agent.id);
}

/** Has what is asked about an agent, and what it asks, go on under its new id. */
function carryOver(tx: Transaction, from: string, to: string): void {
  const { nudges, gates, openings } = tx.state;
  const nudge = nudges.get(from);
  if (nudge) tx.emit({ kind: 'nudged', nudge: { ...nudge, branch_id: to } });
  const gate = gates.get(from);
  if (gate) tx.emit({ kind: 'gate-asked', agent: to, commit: gate.commit });
  const renamed = (name: string): string => (name === from ? to : name);
  for (const opening of [...openings.values()]) {
    const { about } = opening;
    if (opening.from !== from && !opening.to.includes(from) && about?.agent !== from) continue;
    const aboutIt = about === undefined ? {} : { about: { ...about, agent: renamed(about.agent) } };
    const moved = { ...opening, from: renamed(opening.from), to: opening.to.map(renamed), ...aboutIt };
    tx.emit({ kind: 'opened', opening: moved });
  }
}
