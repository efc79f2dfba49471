import { PATHS_MAX } from '../../protocol/limits.ts';
import { coverIntent } from '../claims/intents.ts';
import { housemates, renew } from '../claims/leases.ts';
import { reviewFileConflicts } from '../conflicts/file-conflicts.ts';
import { broadcast } from '../messages/routing.ts';
import { sameCommit } from '../messages/same-commit.ts';
import { resolveWorktree } from '../roster/identity.ts';
import type { Agent } from '../roster/roster.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { sawCommit, sawTree } from '../work/seen-work.ts';
import type { FilesFact, MoveFact } from './facts.ts';
import { requestVerdict } from './gates.ts';
import { guardMove, settleGuard } from './guard.ts';

/**
 * What the watcher sees in worktrees, said on behalf of the agents that forget to say it. None of it is a sign
 * of life: `last_seen` stays as it is.
 */

/** Labels that a change of files may turn into `working`. */
const WORK_MAY_CHANGE: ReadonlySet<string> = new Set(['idle', 'working', 'intent']);
/** Labels that a commit may turn into `committed`. */
const COMMIT_MAY_CHANGE: ReadonlySet<string> = new Set(['idle', 'working', 'intent', 'verified']);

/** The list of uncommitted files of a worktree has changed. */
export function sawFiles(tx: Transaction, fact: FilesFact): void {
  const agent = resolveWorktree(tx.state, fact.worktree);
  if (!agent || sameFiles(agent, fact)) return;
  const changed = fact.files.length > 0;
  const label = changed ? labelAfterChange(tx, agent) : agent.label;
  if (changed) tell(tx, agent, fact);
  tx.emit({
    kind: 'agent',
    id: agent.id,
    set: {
      files: fact.files,
      label,
      ...(fact.truncated === undefined ? {} : { truncated: fact.truncated }),
      ...(changed && agent.dirtySince === undefined ? { dirtySince: tx.now.wall } : {}),
    },
    unset: [
      ...(fact.truncated === undefined ? (['truncated'] as const) : []),
      ...(changed ? [] : (['dirtySince'] as const)),
    ],
  });
  renew(tx.state, tx.now, agent.id, [...new Set([...agent.files, ...fact.files])]);
  reviewFileConflicts(tx);
  if (!isBase(tx, agent)) sawTree(tx, agent, !changed);
}

/** The tip of a worktree's branch has moved, whatever moved it. */
export function sawMove(tx: Transaction, fact: MoveFact): void {
  const agent = resolveWorktree(tx.state, fact.worktree);
  if (!agent || agent.announced === fact.tip) return;
  tx.emit({ kind: 'agent', id: agent.id, set: { tip: fact.tip, announced: fact.tip } });
  if (fact.firstSight) return;
  announce(tx, agent, fact);
  // A supervisor that looked for itself may have been quicker than the watcher.
  const isVerified = agent.verified !== undefined && sameCommit(agent.verified, fact.tip);
  const showsCommit = COMMIT_MAY_CHANGE.has(agent.label) && !isVerified;
  tx.emit({
    kind: 'agent',
    id: agent.id,
    set: { committedAt: tx.now.wall, feedbacks: 0, ...(showsCommit ? { label: 'committed' } : {}) },
    unset: isVerified ? ['phase'] : ['phase', 'verified'],
  });
  for (const id of housemates(tx.state, agent.id)) coverIntent(tx, id, fact.files);
  renew(tx.state, tx.now, agent.id, fact.files);
  if (isBase(tx, agent)) return;
  if (fact.files.length > 0) sawCommit(tx, agent, fact.tip, fact.files);
  requestVerdict(tx, agent.id, fact.tip);
  guardMove(tx, agent, fact);
}

/**
 * Takes the tips that were found at the start for known, where nothing was announced before: what comes after
 * is news, whenever watching really begins.
 */
export function takeTipsForKnown(tx: Transaction): void {
  for (const agent of [...tx.state.agents.values()])
    if (agent.tip !== undefined && agent.announced === undefined && agent.worktree !== undefined)
      tx.emit({ kind: 'agent', id: agent.id, set: { announced: agent.tip } });
}

/** The files that a worktree's branch has changed and the base does not have yet. */
export function sawUnmerged(tx: Transaction, fact: FilesFact): void {
  const agent = resolveWorktree(tx.state, fact.worktree);
  if (!agent) return;
  if (fact.truncated === undefined) settleGuard(tx, agent.id, fact.files);
  const unmerged = fact.files.slice(0, PATHS_MAX);
  if (sameList(agent.unmerged ?? [], unmerged)) return;
  tx.emit({ kind: 'agent', id: agent.id, set: { unmerged } });
  reviewFileConflicts(tx);
}

/** Whether an agent's branch is the base: work there is nobody's task, and asks nothing of anybody. */
export function isBase(tx: Transaction, agent: Agent): boolean {
  return agent.branch !== undefined && agent.branch === tx.state.base;
}

function tell(tx: Transaction, agent: Agent, { files, truncated }: FilesFact): void {
  const more = truncated === undefined ? {} : { truncated };
  tx.send({
    type: 'agent.status',
    from: agent.id,
    to: [],
    payload: { status: 'working', modified_files: files, ...more },
  });
}

function announce(tx: Transaction, agent: Agent, { tip, commits, files, truncated }: MoveFact): void {
  const payload = {
    status: 'committed',
    commit: tip,
    commits,
    exports: [],
    modified_files: files,
    ...(truncated === undefined ? {} : { truncated }),
  };
  broadcast(tx, { type: 'agent.artifact', from: agent.id, payload });
}

function labelAfterChange(tx: Transaction, agent: Agent): string {
  if (WORK_MAY_CHANGE.has(agent.label)) return 'working';
  const window = tx.config.watch.republishWorkingTtlSeconds * SECOND_MS;
  const soon = agent.committedAt !== undefined && tx.now.wall - agent.committedAt < window;
  return agent.label === 'committed' && soon ? 'working' : agent.label;
}

function sameFiles(agent: Agent, { files, truncated }: FilesFact): boolean {
  return agent.truncated === truncated && sameList(agent.files, files);
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((file, index) => file === other[index]);
}
