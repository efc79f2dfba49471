import type { ClaimAnswer } from '../../protocol/answers.ts';
import { WAIT_PLACE_KEPT_SECONDS } from '../../protocol/limits.ts';
import { forwardConflicts } from '../conflicts/conflicts.ts';
import type { View } from '../conflicts/forward-overlaps.ts';
import { mailedLearnings } from '../learnings/given-learnings.ts';
import type { State } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { isBlocked, waitsAgainst } from './blockers.ts';
import { grantedAnswer, refusedAnswer } from './claim-answers.ts';
import type { Claim, Wait, WaitEndReason } from './claim-events.ts';
import { tellGranted } from './claim-messages.ts';
import { grant, heldClaim } from './grants.ts';
import { dueBy } from './lease-clock.ts';
import { waitGraph } from './wait-graph.ts';

/**
 * Grants every request in the queue that nothing stands against any more, in the order in which they came.
 * A request whose call has ended, and that was not left in the queue, only keeps its place: granting it would
 * lock things for somebody who may not ask again.
 */
export function grantWaiting(tx: Transaction): void {
  for (let wait = nextGrantable(tx.state); wait; wait = nextGrantable(tx.state)) {
    const { leases } = tx.state.volatile;
    const calls = leases.waits.get(wait.id)?.calls ?? 0;
    leaveQueue(tx, wait, 'granted');
    const claims = grant(tx, wait.agent, wait);
    const conflicts = forwardConflicts(tx, wait.agent, wait.things);
    if (calls > 0) leases.granted.set(wait.id, { claims: claims.map((claim) => claim.id), calls, answered: false });
    else
      tellGranted(tx, wait.agent, claims, { ...(conflicts.length > 0 && { conflicts }), ...mailedLearnings(tx, wait) });
    dropSatisfied(tx, wait.agent);
  }
}

/** What became of a wait: its claims once it is granted and until its calls are answered, else whether it still waits. */
export function waitOutcome(state: State, waitId: string): 'waiting' | 'ended' | Claim[] {
  if (state.waits.has(waitId)) return 'waiting';
  const claims = (state.volatile.leases.granted.get(waitId)?.claims ?? []).flatMap((id) => state.claims.get(id) ?? []);
  return claims.length === 0 ? 'ended' : claims;
}

/**
 * Notes that a call no longer waits. Once no call does: a request left in the queue stays there; a timed-out
 * one keeps its place for a while; a cancelled one ends at once. If the grant came just before, the agent is
 * told by mail, because no answer will.
 */
export function endWait(tx: Transaction, waitId: string, why: 'cancelled' | 'timed-out'): void {
  const { leases } = tx.state.volatile;
  const granted = leases.granted.get(waitId);
  if (granted) {
    const claims = waitOutcome(tx.state, waitId);
    if (callEnds(leases.granted, waitId, granted) && !granted.answered && Array.isArray(claims))
      tellGranted(tx, claims[0]?.holder ?? '', claims);
    return;
  }
  const wait = tx.state.waits.get(waitId);
  const entry = leases.waits.get(waitId);
  if (!wait || !entry) return;
  entry.calls = Math.max(0, entry.calls - 1);
  if (entry.calls > 0) return;
  if (wait.queued) leases.waits.delete(waitId);
  else if (why === 'timed-out') {
    entry.ends = tx.now.mono + WAIT_PLACE_KEPT_SECONDS * SECOND_MS;
    dueBy(leases, entry.ends);
  } else {
    leaveQueue(tx, wait, 'cancelled');
    grantWaiting(tx);
  }
}

/** Takes a request out of the queue. Granting others what it stood before is the caller's next step. */
export function leaveQueue(tx: Transaction, wait: Wait, why: WaitEndReason): void {
  tx.emit({ kind: 'wait-ended', id: wait.id, why });
  tx.state.volatile.leases.waits.delete(wait.id);
}

/** Takes out requests of `agent` that nobody waits for and that ask for nothing it does not hold by now. */
export function dropSatisfied(tx: Transaction, agent: string): void {
  for (const wait of [...tx.state.waits.values()]) {
    if (wait.agent !== agent || (tx.state.volatile.leases.waits.get(wait.id)?.calls ?? 0) > 0) continue;
    const satisfied = wait.things.every((thing) => {
      const held = heldClaim(tx.state, agent, thing);
      return held !== undefined && (held.mode === 'exclusive' || wait.mode === 'shared');
    });
    if (satisfied) leaveQueue(tx, wait, 'replaced');
  }
}

/** The answer to a call whose wait has ended: granted, or with what stands against it now. */
export function claimAnswer(view: View, agent: string, waitId: string): ClaimAnswer {
  const { granted } = view.state.volatile.leases;
  const outcome = waitOutcome(view.state, waitId);
  const entry = granted.get(waitId);
  if (entry) {
    entry.answered = true;
    callEnds(granted, waitId, entry);
  }
  if (Array.isArray(outcome)) return grantedAnswer(view, agent, outcome);
  const wait = view.state.waits.get(waitId);
  return wait ? refusedAnswer(view, agent, wait, rivalsAhead(view.state, waitId), true) : { granted: false };
}

/** Requests of others that come before this one, first come first. */
export function rivalsAhead(state: State, waitId: string): Wait[] {
  const ahead = new Set(waitGraph(state).ahead.get(waitId));
  return [...state.waits.values()].filter((wait) => ahead.has(wait));
}

function nextGrantable(state: State): Wait | undefined {
  for (const wait of state.waits.values()) {
    const attended = wait.queued || (state.volatile.leases.waits.get(wait.id)?.calls ?? 0) > 0;
    if (!attended || isBlocked(state, wait)) continue;
    // The whole graph is looked at only if there is somebody it could be behind.
    if (waitsAgainst(state, wait).size === 0 || !waitGraph(state).ahead.has(wait.id)) return wait;
  }
  return undefined;
}

/** Counts one call less; returns whether it was the last. */
function callEnds(granted: Map<string, unknown>, waitId: string, entry: { calls: number }): boolean {
  entry.calls -= 1;
  return entry.calls <= 0 && granted.delete(waitId);
}
