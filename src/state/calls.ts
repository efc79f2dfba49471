import type { InboxNote } from '../protocol/answers.ts';
import { renew } from './claims/leases.ts';
import { inboxNote } from './messages/mail.ts';
import { retain } from './messages/retention.ts';
import { keptAnswer } from './results.ts';
import { refuseIfPaused } from './roster/pauses.ts';
import { touch } from './roster/roster.ts';
import type { Transaction } from './transaction.ts';

/** What every call has in common, whatever it asks. */

/** Who calls: the agent in whose name, and the session whose connection it came by. */
export interface Caller {
  agent: string;
  session: string;
}

/**
 * Runs the rule of a call that changes something. The same call of the same session again is answered with
 * its first answer, and changes nothing.
 * @param call idempotency id of the call; without one the call cannot be repeated safely.
 */
export function changing<A extends object>(
  tx: Transaction,
  caller: Caller,
  call: string | undefined,
  rule: () => A,
): A & { inbox?: InboxNote } {
  heard(tx, caller.agent);
  refuseIfPaused(tx.state, caller.agent);
  const key = call === undefined ? undefined : `${caller.session}:${call}`;
  const kept = key === undefined ? undefined : keptAnswer(tx.state, caller.agent, key);
  // The answer was stored by this function under the id of this call, so it has this call's type.
  if (kept) return withInbox(tx, caller.agent, kept as A);
  const answer = rule();
  retain(tx);
  if (key !== undefined && tx.events.length > 0) tx.emit({ kind: 'result', agent: caller.agent, call: key, answer });
  return withInbox(tx, caller.agent, answer);
}

/** Runs the rule of a call that only looks. */
export function looking<A extends object>(tx: Transaction, caller: Caller, rule: () => A): A & { inbox?: InboxNote } {
  heard(tx, caller.agent);
  refuseIfPaused(tx.state, caller.agent);
  return withInbox(tx, caller.agent, rule());
}

/** Any call is a sign of life, and renews what the agent holds. */
export function heard(tx: Transaction, agent: string): void {
  touch(tx.state, agent, tx.now.wall);
  renew(tx.state, tx.now, agent);
}

function withInbox<A extends object>(tx: Transaction, agent: string, answer: A): A & { inbox?: InboxNote } {
  const inbox = inboxNote(tx.state, agent);
  return inbox ? { ...answer, inbox } : answer;
}
