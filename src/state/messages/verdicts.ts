import { movedOn, noCommitKnown } from '../../errors/routing.ts';
import { keepRecovery } from '../learnings/found-learnings.ts';
import { resolveWorktree } from '../roster/identity.ts';
import type { Agent } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { lastHanded, settleNudge } from '../supervision/nudges.ts';
import type { Transaction } from '../transaction.ts';
import { type Defects, holdersSentBack, itemsAccepted, itemsSentBack } from '../work/seen-work.ts';
import { sameCommit } from './same-commit.ts';

/** What a verdict on a commit does, whoever gives it: a supervisor, a person, or the gate. */

/**
 * Whose branch a verdict to somebody is about. Who goes by an id of its own beside the agent of its worktree's branch
 * has no commits of its own.
 */
export function judgedAgent(state: State, id: string): string {
  const agent = state.agents.get(id);
  if (agent?.worktree === undefined || !GUESTS.has(agent.origin)) return id;
  return resolveWorktree(state, agent.worktree)?.id ?? id;
}

const GUESTS: ReadonlySet<Agent['origin']> = new Set(['user', 'session', 'subagent']);

/** `commit` is good, says `by`. The agent shows as verified if that is its newest commit; its items go on. */
export function accept(tx: Transaction, agent: string, commit: string, by: string): void {
  const row = tx.state.agents.get(agent);
  if (!row) return;
  const isTip = row.tip === undefined || sameCommit(row.tip, commit);
  const shown = isTip ? { label: 'verified', tip: row.tip ?? commit } : {};
  tx.emit({ kind: 'agent', id: agent, set: { verified: commit, ...shown } });
  if (isTip) keepRecovery(tx, row, commit);
  settleNudge(tx, agent, commit);
  itemsAccepted(tx, row, commit, isTip, by);
}

/** What a verdict against a commit says, and who says it. */
export interface Objection {
  by: string;
  errors: readonly string[];
}

/** Defects were found in `commit`, or in the newest one: the agent is not verified any more, and its items come back. */
export function sendBack(tx: Transaction, agent: string, commit: string | undefined, { by, errors }: Objection): void {
  const row = tx.state.agents.get(agent);
  if (!row) return;
  const defects = defectsOf(row, commit);
  const { isTip } = defects;
  const isVerified = row.verified !== undefined && isTip;
  tx.emit({
    kind: 'agent',
    id: agent,
    set: {
      cycles: (row.cycles ?? 0) + 1,
      ...(isVerified && row.label === 'verified' ? { label: 'committed' } : {}),
    },
    ...(isVerified ? { unset: ['verified'] } : {}),
  });
  settleNudge(tx, agent, commit);
  itemsSentBack(tx, row, { ...defects, by, errors });
}

/** Who is to hear of defects in `commit` beside the agent, because it holds what they send back. */
export function alsoConcerned(state: State, agent: string, commit: string | undefined): string[] {
  const row = state.agents.get(agent);
  return row ? holdersSentBack(state, row, defectsOf(row, commit)) : [];
}

function defectsOf({ tip }: Agent, commit: string | undefined): Defects {
  return { commit, isTip: commit === undefined || tip === undefined || sameCommit(tip, commit) };
}

/**
 * The commit a verdict without one is about: what `by` was asked to verify, else the newest.
 * @param isReply it names the message it replies to, so that its sender knows what it is about
 * @throws PawError if the branch has moved on since it was asked, or no commit is known
 */
export function commitToJudge(
  tx: Transaction,
  agent: string,
  { by, isReply }: { by: string; isReply: boolean },
): string {
  const tip = tx.state.agents.get(agent)?.tip;
  const handed = lastHanded(tx.state, agent, by);
  if (!isReply && handed !== undefined && tip !== undefined && !sameCommit(handed, tip))
    throw movedOn(agent, handed, tip);
  const commit = handed ?? tip;
  if (commit === undefined) throw noCommitKnown(agent);
  return commit;
}
