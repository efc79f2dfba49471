import * as errors from '../../errors/routing.ts';
import { keepRecovery } from '../learnings/found-learnings.ts';
import { lastHanded, settleNudge } from '../supervision/nudges.ts';
import type { Transaction } from '../transaction.ts';

/** What a verdict on a commit does, whoever gives it: a supervisor, a person, or the gate. */

/** `commit` is good. The agent shows as verified if that is its newest commit. */
export function accept(tx: Transaction, agent: string, commit: string): void {
  const row = tx.state.agents.get(agent);
  if (!row) return;
  const isTip = row.tip === undefined || sameCommit(row.tip, commit);
  const shown = isTip ? { label: 'verified', tip: row.tip ?? commit } : {};
  tx.emit({ kind: 'agent', id: agent, set: { verified: commit, ...shown } });
  if (isTip) keepRecovery(tx, row, commit);
  settleNudge(tx, agent, commit);
}

/** Defects were found in `commit`, or in the newest one: the agent is not verified any more. */
export function sendBack(tx: Transaction, agent: string, commit: string | undefined): void {
  const row = tx.state.agents.get(agent);
  if (!row) return;
  const isTip = commit === undefined || row.tip === undefined || sameCommit(row.tip, commit);
  const isVerified = row.verified !== undefined && isTip;
  tx.emit({
    kind: 'agent',
    id: agent,
    set: {
      feedbacks: (row.feedbacks ?? 0) + 1,
      cycles: (row.cycles ?? 0) + 1,
      ...(isVerified && row.label === 'verified' ? { label: 'committed' } : {}),
    },
    ...(isVerified ? { unset: ['verified'] } : {}),
  });
  settleNudge(tx, agent, commit);
}

/**
 * The commit a verdict without one is about: what the supervisor was asked to verify, else the newest.
 * @throws PawError if the branch has moved on since it was asked, or no commit is known
 */
export function commitToJudge(tx: Transaction, agent: string): string {
  const tip = tx.state.agents.get(agent)?.tip;
  const handed = lastHanded(tx.state, agent);
  if (handed !== undefined && tip !== undefined && !sameCommit(handed, tip)) throw errors.movedOn(agent, handed, tip);
  const commit = handed ?? tip;
  if (commit === undefined) throw errors.noCommitKnown(agent);
  return commit;
}

/** Whether two names of a commit, either of them shortened, mean the same one. */
export function sameCommit(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
