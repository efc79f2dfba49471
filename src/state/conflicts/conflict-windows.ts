import type { Conflict, Verdict } from '../claims/claim-events.ts';
import { dueBy } from '../claims/lease-clock.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';

/** How long the sides of an in-flight conflict have to settle it among themselves. */

/** The window of a conflict that has just been found begins. */
export function openWindow(tx: Transaction, conflict: Conflict): void {
  const { leases } = tx.state.volatile;
  leases.windows.set(conflict.id, tx.now.mono);
  dueBy(leases, endOf(tx, conflict));
}

/** The conflict is over, or has been judged. */
export function closeWindow(tx: Transaction, conflict: Conflict): void {
  tx.state.volatile.leases.windows.delete(conflict.id);
}

/** Conflicts whose window is over and that have not been judged yet. */
export function outlived(tx: Transaction): Unjudged[] {
  return [...tx.state.conflicts.values()].filter(isOpen).filter((conflict) => endOf(tx, conflict) <= tx.now.mono);
}

/** When the next window is over, on the monotonic clock; infinity if none is open. */
export function nextWindowEnd(tx: Transaction): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const conflict of tx.state.conflicts.values())
    if (isOpen(conflict)) soonest = Math.min(soonest, endOf(tx, conflict));
  return soonest;
}

/** An in-flight conflict whose verdict does not show yet: the end of its window has not been seen. */
type Unjudged = Conflict & { verdict: Verdict };

function isOpen(conflict: Conflict): conflict is Unjudged {
  return conflict.verdict !== undefined && conflict.state === 'open';
}

/**
 * After a restart only wall time knows when a window began; if that clock was set in between, the window is at
 * most as long again.
 */
function endOf({ state, now, config }: Transaction, { id, detected_at }: Conflict): number {
  const lengthMs = config.conflict.windowSeconds * SECOND_MS;
  const { windows } = state.volatile.leases;
  let began = windows.get(id);
  if (began === undefined) {
    began = now.mono - Math.min(Math.max(now.wall - Date.parse(detected_at), 0), lengthMs);
    windows.set(id, began);
  }
  return began + lengthMs;
}
