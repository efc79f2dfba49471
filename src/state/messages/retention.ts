import type { State } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { forget, isDirect, storedBytes } from './inbox.ts';
import { has, lowerBound } from './sorted.ts';

/** Messages that are no longer kept. */
export type RetentionEvent = { kind: 'retired'; seqs: number[] };

/** By how much the log may outgrow its bounds before it is cut back: in batches the cost of one call stays flat. */
const SLACK = 1.02;
/** Unread direct messages are kept for a known agent up to this many, however old the log is. */
const UNREAD_KEPT_PER_AGENT = 1000;
const DAY_MS = 86_400 * SECOND_MS;

export function applyRetentionEvent(state: State, event: RetentionEvent): void {
  const mailboxes = new Set<string>();
  for (const seq of event.seqs) {
    const message = state.messages.get(seq);
    if (!message) continue;
    state.messages.delete(seq);
    state.messageBytes -= storedBytes(message);
    for (const mailbox of message.to) mailboxes.add(mailbox);
  }
  for (const mailbox of mailboxes) {
    const inbox = state.inboxes.get(mailbox);
    if (inbox) forget(inbox, event.seqs);
  }
}

/**
 * Cuts the log back once it has outgrown its bounds, or what had to be kept beyond them, by some slack. Called
 * after every message; what is protected is not looked through again for each.
 */
export function retain(tx: Transaction): void {
  const { messages, bytes } = tx.config.retention;
  const { kept } = tx.state.volatile;
  const tooMany = tx.state.messages.size > Math.max(messages, kept.messages) * SLACK;
  const tooLarge = tx.state.messageBytes > Math.max(bytes, kept.bytes) * SLACK;
  if (tooMany || tooLarge) retire(tx, 0);
}

/** Cuts off what is older than `retention.days`. Called by the clock. */
export function retainDays(tx: Transaction): void {
  retire(tx, tx.now.wall - tx.config.retention.days * DAY_MS);
}

function retire(tx: Transaction, notBefore: number): void {
  const { messages, bytes } = tx.config.retention;
  let count = tx.state.messages.size;
  let size = tx.state.messageBytes;
  const seqs: number[] = [];
  for (const [seq, message] of tx.state.messages) {
    const old = notBefore > 0 && Date.parse(message.at) < notBefore;
    if (count <= messages && size <= bytes && !old) break;
    if (isUnreadDirect(tx.state, seq)) continue;
    seqs.push(seq);
    count -= 1;
    size -= storedBytes(message);
  }
  if (seqs.length > 0) tx.emit({ kind: 'retired', seqs });
  tx.state.volatile.kept = { messages: count, bytes: size };
}

/** Whether somebody who was written to directly has not read it, and has not more unread mail than is kept. */
function isUnreadDirect(state: State, seq: number): boolean {
  const message = state.messages.get(seq);
  if (!message || !isDirect(message)) return false;
  return message.to.some((mailbox) => {
    const inbox = state.inboxes.get(mailbox);
    if (!inbox) return false;
    const unread = has(inbox.urgent, seq) || has(inbox.normal, seq) || inbox.delivered.has(seq);
    return unread && inbox.entries.length - lowerBound(inbox.entries, seq) <= UNREAD_KEPT_PER_AGENT;
  });
}
