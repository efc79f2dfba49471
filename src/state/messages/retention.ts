import type { State } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { forget, storedBytes } from './inbox.ts';
import { lowerBound } from './sorted.ts';
import { sweptOf, UNREAD_KEPT_PER_AGENT } from './swept.ts';

/** Messages that are no longer kept. */
export type RetentionEvent = { kind: 'retired'; seqs: number[] };

/** By how much the log may outgrow its bounds before it is cut back: in batches it costs a record less for each message. */
const SLACK = 1.02;
const DAY_MS = 86_400 * SECOND_MS;

export function applyRetentionEvent(state: State, event: RetentionEvent): void {
  const mailboxes = new Set<string>();
  const { swept } = state.volatile;
  for (const seq of event.seqs) {
    const message = state.messages.get(seq);
    if (!message) continue;
    const bytes = storedBytes(message);
    state.messages.delete(seq);
    state.messageBytes -= bytes;
    if (swept && seq < swept.next) swept.keptBytes -= bytes;
    for (const mailbox of message.to) mailboxes.add(mailbox);
  }
  for (const mailbox of mailboxes) {
    const inbox = state.inboxes.get(mailbox);
    if (inbox) forget(inbox, event.seqs);
  }
}

/**
 * Cuts the log back once what was not looked at has outgrown the bounds by some slack: the newest messages are kept, and
 * older ones that somebody was written to and has not read. Called after every message.
 */
export function retain(tx: Transaction): void {
  const { state, config } = tx;
  const swept = sweptOf(state);
  const gone = new Set(swept.loose.splice(0).filter((seq) => state.messages.has(seq) && !isOwed(state, seq)));
  const isOver = (slack: number): boolean =>
    state.seq - swept.next + 1 > config.retention.messages * slack ||
    state.messageBytes - swept.keptBytes > config.retention.bytes * slack;
  if (isOver(SLACK)) {
    for (; isOver(1) && swept.next <= state.seq; swept.next += 1) {
      const message = state.messages.get(swept.next);
      if (message === undefined) continue;
      swept.keptBytes += storedBytes(message);
      if (!isOwed(state, swept.next)) gone.add(swept.next);
    }
  }
  retire(tx, [...gone]);
}

/** Cuts off what is older than `retention.days`. Called by the clock. */
export function retainDays(tx: Transaction): void {
  const notBefore = tx.now.wall - tx.config.retention.days * DAY_MS;
  const old: number[] = [];
  for (const [seq, message] of tx.state.messages) {
    if (Date.parse(message.at) >= notBefore) break;
    if (!isOwed(tx.state, seq)) old.push(seq);
  }
  retire(tx, old);
}

function retire(tx: Transaction, seqs: number[]): void {
  if (seqs.length > 0) tx.emit({ kind: 'retired', seqs: seqs.sort((a, b) => a - b) });
}

/** Whether somebody who was written to directly has not read it, and has not more unread mail than is kept. */
function isOwed(state: State, seq: number): boolean {
  return (state.messages.get(seq)?.to ?? []).some((mailbox) => {
    const owed = state.inboxes.get(mailbox)?.owed ?? [];
    const index = lowerBound(owed, seq);
    return owed[index] === seq && owed.length - index <= UNREAD_KEPT_PER_AGENT;
  });
}
