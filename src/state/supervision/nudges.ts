import { COORDINATOR, HUMAN, SUPERVISOR } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';

/** Requests to verify a commit: one for each, repeated while nobody answers, and given up loudly. */

/** What is asked about one agent's newest commit. */
export interface Nudge {
  /** The agent whose commit it is. */
  branch_id: string;
  commit: string;
  /** The messages that ask for it, the newest last; those about older commits stay listed for a while. */
  asked: Asked[];
  /** When the newest was sent, in milliseconds of wall time. */
  at: number;
  /** How often it was repeated. */
  reminders: number;
  /** A verdict was given, or the request was given up. */
  settled: boolean;
  /** What the gate found; each repetition says it too. */
  gate?: GateResult;
}

/** A message that asks to verify a commit. */
export interface Asked {
  seq: number;
  commit: string;
  /** The session that was last handed it; of several supervisors each has seen its own requests only. */
  session?: string;
}

export type NudgeEvent = { kind: 'nudged'; nudge: Nudge } | { kind: 'nudge-settled'; branch_id: string };

/** What a verification gate found. */
export type GateResult = 'passed' | 'failed';

/** How often an unanswered request is repeated before a person is told. */
const REMINDERS_MAX = 3;
/** How many of the requests about one agent are remembered. */
const ASKED_MAX = 10;
/** Digits of a commit in a sentence. */
const COMMIT_SHOWN = 12;

export function applyNudgeEvent(state: State, event: NudgeEvent): void {
  if (event.kind === 'nudged') {
    state.nudges.set(event.nudge.branch_id, event.nudge);
    return;
  }
  const nudge = state.nudges.get(event.branch_id);
  if (nudge) state.nudges.set(event.branch_id, { ...nudge, settled: true });
}

/** Asks the supervisor to verify a commit; what was asked about an older one is void. */
export function nudge(tx: Transaction, branch: string, commit: string, gate?: GateResult): void {
  if (!tx.config.verify.nudge) return;
  ask(tx, branch, commit, { reminders: 0, settled: gate === 'passed' && !tx.config.verify.review }, gate);
}

/** Somebody has given a verdict on an agent's work; one on another commit than the one asked about settles nothing. */
export function settleNudge(tx: Transaction, branch: string, commit?: string): void {
  const nudge = tx.state.nudges.get(branch);
  if (!nudge || nudge.settled) return;
  if (commit === undefined || nudge.commit.startsWith(commit) || commit.startsWith(nudge.commit))
    tx.emit({ kind: 'nudge-settled', branch_id: branch });
}

/** Repeats what has gone unanswered for too long; after the last time a person is told. */
export function tickNudges(tx: Transaction): void {
  for (const nudge of [...tx.state.nudges.values()]) {
    if (nudge.settled || tx.now.wall - nudge.at < tx.config.verify.remindSeconds * SECOND_MS) continue;
    if (nudge.reminders >= REMINDERS_MAX) giveUp(tx, nudge);
    else ask(tx, nudge.branch_id, nudge.commit, { reminders: nudge.reminders + 1, settled: false }, nudge.gate);
  }
}

/** Notes that `agent` is handed these messages of the role's mailbox. */
export function noteHanded(tx: Transaction, agent: string, seqs: readonly number[]): void {
  const session = sessionOf(tx.state, agent);
  if (session === undefined) return;
  for (const nudge of [...tx.state.nudges.values()]) {
    if (!nudge.asked.some(({ seq }) => seqs.includes(seq))) continue;
    const asked = nudge.asked.map((one) => (seqs.includes(one.seq) ? { ...one, session } : one));
    tx.emit({ kind: 'nudged', nudge: { ...nudge, asked } });
  }
}

/** The commit that `supervisor` was last asked about and has been handed, for one agent's branch. */
export function lastHanded(state: State, branch: string, supervisor: string): string | undefined {
  const session = sessionOf(state, supervisor);
  if (session === undefined) return undefined;
  const inbox = state.inboxes.get(SUPERVISOR);
  // A call that was cancelled was handed nothing, whatever is noted.
  const isUnread = (seq: number): boolean =>
    inbox?.normal.includes(seq) === true || inbox?.urgent.includes(seq) === true;
  return state.nudges.get(branch)?.asked.findLast((one) => one.session === session && !isUnread(one.seq))?.commit;
}

function ask(
  tx: Transaction,
  branch_id: string,
  commit: string,
  standing: Pick<Nudge, 'reminders' | 'settled'>,
  gate?: GateResult,
): void {
  const found = gate === undefined ? {} : { gate };
  const payload = { branch_id, commit, ...found };
  const seq = tx.send({ type: 'supervisor.verify-now', from: COORDINATOR, to: [SUPERVISOR], payload });
  const asked = [...(tx.state.nudges.get(branch_id)?.asked ?? []), { seq, commit }].slice(-ASKED_MAX);
  tx.emit({ kind: 'nudged', nudge: { branch_id, commit, asked, at: tx.now.wall, ...standing, ...found } });
}

function sessionOf(state: State, agent: string): string | undefined {
  for (const session of state.sessions.values()) if (session.agent === agent) return session.id;
  return undefined;
}

function giveUp(tx: Transaction, { branch_id, commit, reminders }: Nudge): void {
  tx.send({
    type: 'agent.note',
    from: COORDINATOR,
    to: [HUMAN],
    urgent: true,
    payload: {
      text: `Nobody has verified commit ${commit.slice(0, COMMIT_SHOWN)} of ${branch_id}, after ${reminders + 1} requests. Start a supervisor (--role supervisor), or look at it yourself and tell ${branch_id} what you found.`,
    },
  });
  tx.emit({ kind: 'nudge-settled', branch_id });
}
