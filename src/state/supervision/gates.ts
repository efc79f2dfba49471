import { broadcast } from '../messages/routing.ts';
import { sameCommit } from '../messages/same-commit.ts';
import { accept, alsoConcerned, sendBack } from '../messages/verdicts.ts';
import { COORDINATOR, SUPERVISOR } from '../roster/roster.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { nudge, settleNudge } from './nudges.ts';
import { countFeedback } from './stalls.ts';

/**
 * The verification gate: which commits wait for it, and what its verdict does. Running it is somebody else's
 * business. What waits is part of the state, so that a coordinator that comes after a crash runs it again.
 */

/** A commit that the gate is to judge. */
export interface PendingGate {
  commit: string;
}

export type GateEvent = { kind: 'gate-asked'; agent: string; commit: string } | { kind: 'gate-closed'; agent: string };

/** What the gate found. */
export interface GateVerdict {
  passed: boolean;
  /** How its command ended, in words that follow "it failed:". */
  how: string;
  /** The end of what it printed. */
  output: string;
}

/** Digits of a commit in a sentence. */
const COMMIT_SHOWN = 12;

export function applyGateEvent(state: State, event: GateEvent): void {
  // A newer commit goes to the end: an agent that commits often must not keep the gate from all others.
  state.gates.delete(event.agent);
  if (event.kind === 'gate-asked') state.gates.set(event.agent, { commit: event.commit });
}

/**
 * Has a new commit judged: by the gate if there is one, which asks the supervisor when it has ended. A commit that
 * was verified before it was seen needs nobody but the gate.
 */
export function requestVerdict(tx: Transaction, agent: string, commit: string): void {
  if (!tx.config.verify.gate) {
    closeGate(tx, agent);
    if (!isVerified(tx.state, agent, commit)) nudge(tx, agent, commit);
    return;
  }
  tx.emit({ kind: 'gate-asked', agent, commit });
  // What was asked about an older commit is void, and must not be repeated while the gate runs.
  settleNudge(tx, agent);
}

/** Takes the gate's verdict on a commit; ignored if a newer commit has taken its place. */
export function gateEnded(tx: Transaction, agent: string, commit: string, verdict: GateVerdict): void {
  if (!isPending(tx.state, agent, commit)) return;
  closeGate(tx, agent);
  if (verdict.passed) pass(tx, agent, commit);
  else fail(tx, agent, commit, verdict);
}

/**
 * Has the supervisor judge a commit that the gate cannot.
 * @param problem why, in sentences, if that is worth telling
 */
export function gateSkipped(tx: Transaction, agent: string, commit: string, problem?: string): void {
  if (!isPending(tx.state, agent, commit)) return;
  closeGate(tx, agent);
  if (problem !== undefined) {
    const text = `The gate could not be run at commit ${short(commit)} of ${agent}. ${problem} This commit is for you to verify.`;
    tx.send({ type: 'agent.note', from: COORDINATOR, to: [SUPERVISOR], payload: { text } });
  }
  if (!isVerified(tx.state, agent, commit)) nudge(tx, agent, commit);
}

/** Whether this commit still waits for the gate. */
export function isPending(state: State, agent: string, commit: string): boolean {
  return state.gates.get(agent)?.commit === commit;
}

function pass(tx: Transaction, agent: string, commit: string): void {
  const isReviewed = isVerified(tx.state, agent, commit);
  broadcast(tx, {
    type: 'agent.verified',
    from: COORDINATOR,
    payload: { verified_by: COORDINATOR, commit, branch_id: agent, message: 'The gate passed.' },
  });
  // Before the request to review it, which stays open if a review is wanted.
  accept(tx, agent, commit, COORDINATOR);
  if (!isReviewed) nudge(tx, agent, commit, 'passed');
}

function fail(tx: Transaction, agent: string, commit: string, { how, output }: GateVerdict): void {
  nudge(tx, agent, commit, 'failed');
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  const end = lines.length === 0 ? ', without any output.' : '. Its last output:';
  const errors = [`The gate failed at commit ${short(commit)}: ${how}${end}`, ...lines];
  tx.send({
    type: 'agent.feedback',
    from: COORDINATOR,
    to: [agent, ...alsoConcerned(tx.state, agent, commit)].sort(),
    payload: { errors },
  });
  countFeedback(tx, agent);
  // This is a verdict too: the request to verify is answered by it.
  sendBack(tx, agent, commit, { by: COORDINATOR, errors });
}

function isVerified(state: State, agent: string, commit: string): boolean {
  const verified = state.agents.get(agent)?.verified;
  return verified !== undefined && sameCommit(verified, commit);
}

function closeGate(tx: Transaction, agent: string): void {
  if (tx.state.gates.has(agent)) tx.emit({ kind: 'gate-closed', agent });
}

function short(commit: string): string {
  return commit.slice(0, COMMIT_SHOWN);
}
