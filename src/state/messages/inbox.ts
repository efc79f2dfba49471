import type { StoredMessage } from '../../protocol/messages.ts';
import type { State } from '../state.ts';
import { has, insert, lowerBound, remove, removeAll } from './sorted.ts';
import { loosen, UNREAD_KEPT_PER_AGENT } from './swept.ts';

/**
 * A mailbox. A message in it is unread (nobody of that agent has it), delivered (one session has it, and
 * nobody else is offered it), or read. The three are sets of numbers; the message itself is stored once.
 */
export interface Inbox {
  /** Every kept message that was put here, ascending. */
  entries: number[];
  /** The unread ones, ascending, apart by urgency. */
  urgent: number[];
  normal: number[];
  /** The delivered ones that are not read yet. */
  delivered: Map<number, Delivery>;
  /** Those written to somebody and not read yet, delivered or not, ascending. It follows from the others. */
  owed: number[];
  /** Highest number up to which everything here was delivered. It never goes back. */
  cursor: number;
  /** Unread messages that retention took away and the agent has not been told of. */
  missed: number;
}

export interface Delivery {
  /** The session that has it. */
  session: string;
  /** The batch it was handed out in; the acknowledgement names it. */
  batch: number;
  /** Idempotency id of the call it was handed to: a retry of that call gets the same messages. */
  call?: string;
}

export type InboxEvent =
  | { kind: 'message'; message: StoredMessage }
  | { kind: 'delivered'; mailbox: string; seqs: number[]; delivery: Delivery; cursor: number }
  | { kind: 'read'; mailbox: string; seqs: number[] }
  | { kind: 'undelivered'; mailbox: string; seqs: number[] }
  | { kind: 'handed-on'; from: string; to: string; seqs: number[] }
  | { kind: 'missed-told'; mailbox: string };

/** The mailbox of `agent`, made if there is none. For `apply` only: views use `state.inboxes.get`. */
export function inboxOf(state: State, agent: string): Inbox {
  let inbox = state.inboxes.get(agent);
  if (!inbox) {
    inbox = { entries: [], urgent: [], normal: [], delivered: new Map(), owed: [], cursor: 0, missed: 0 };
    state.inboxes.set(agent, inbox);
  }
  return inbox;
}

export function applyInboxEvent(state: State, event: InboxEvent): void {
  switch (event.kind) {
    case 'message': {
      const { message } = event;
      state.seq = message.seq;
      state.messages.set(message.seq, sharingRecipients(state, message));
      state.messageBytes += storedBytes(message);
      for (const mailbox of message.to) put(state, inboxOf(state, mailbox), message);
      return;
    }
    case 'delivered': {
      const inbox = inboxOf(state, event.mailbox);
      for (const seq of event.seqs) {
        takeUnread(inbox, seq);
        inbox.delivered.set(seq, event.delivery);
      }
      inbox.cursor = Math.max(inbox.cursor, event.cursor);
      return;
    }
    case 'read': {
      const inbox = inboxOf(state, event.mailbox);
      for (const seq of event.seqs) {
        inbox.delivered.delete(seq);
        if (remove(inbox.owed, seq)) loosen(state, seq);
      }
      return;
    }
    case 'undelivered': {
      const inbox = inboxOf(state, event.mailbox);
      for (const seq of event.seqs) {
        const message = state.messages.get(seq);
        if (inbox.delivered.delete(seq) && message) markUnread(inbox, message);
      }
      return;
    }
    case 'handed-on': {
      const from = inboxOf(state, event.from);
      const to = inboxOf(state, event.to);
      for (const seq of event.seqs) {
        const message = state.messages.get(seq);
        from.delivered.delete(seq);
        takeUnread(from, seq);
        remove(from.entries, seq);
        remove(from.owed, seq);
        if (message && !has(to.entries, seq)) put(state, to, message);
        else loosen(state, seq);
      }
      return;
    }
    case 'missed-told':
      inboxOf(state, event.mailbox).missed = 0;
      return;
  }
}

/**
 * The message, with the list of recipients of the message before it if that is the same: most go to everybody, and
 * ten thousand lists of fifty names would be the largest part of the state.
 */
function sharingRecipients(state: State, message: StoredMessage): StoredMessage {
  const before = state.messages.get(message.seq - 1)?.to;
  if (before?.length !== message.to.length || before.some((name, index) => name !== message.to[index])) return message;
  return { ...message, to: before };
}

/**
 * Takes messages that are no longer kept out of a mailbox; those that nobody had been handed are counted as missed.
 * @param gone their numbers, ascending
 */
export function forget(inbox: Inbox, gone: readonly number[]): void {
  const unread = inbox.urgent.length + inbox.normal.length;
  removeAll(inbox.entries, gone);
  removeAll(inbox.urgent, gone);
  removeAll(inbox.normal, gone);
  removeAll(inbox.owed, gone);
  inbox.missed += unread - inbox.urgent.length - inbox.normal.length;
  for (const seq of inbox.delivered.keys()) if (has(gone, seq)) inbox.delivered.delete(seq);
}

/** What follows from the rest of a mailbox, for one that was read from a snapshot. */
export function owedOf(
  messages: ReadonlyMap<number, StoredMessage>,
  { urgent, normal, delivered }: Pick<Inbox, 'urgent' | 'normal' | 'delivered'>,
): number[] {
  return [...urgent, ...normal, ...delivered.keys()]
    .filter((seq) => {
      const message = messages.get(seq);
      return message !== undefined && isDirect(message);
    })
    .sort((a, b) => a - b);
}

/** UTF-8 bytes of a message as it is stored. */
export function storedBytes(message: StoredMessage): number {
  return utf8Bytes(JSON.stringify(message));
}

/** Length of `text` in UTF-8 bytes. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    // A pair of surrogates is four bytes: three are counted for its first half, one for its second.
    else if (unit < 0xdc00 || unit > 0xdfff) bytes += 2;
  }
  return bytes;
}

/** Types that go to everybody; anything else was written to somebody. */
const BROADCASTS: ReadonlySet<string> = new Set([
  'agent.status',
  'agent.artifact',
  'agent.intent',
  'agent.verified',
  'agent.advanced-main',
]);

/** Whether a message was written to somebody rather than told to all. */
export function isDirect(message: StoredMessage): boolean {
  return !BROADCASTS.has(message.type);
}

/** How many messages nobody has been handed, and how many of them are urgent. */
export function unreadIn(inbox: Inbox | undefined): { unread: number; urgent: number } {
  if (!inbox) return { unread: 0, urgent: 0 };
  return { unread: inbox.urgent.length + inbox.normal.length, urgent: inbox.urgent.length };
}

/** Highest number up to which everything in the mailbox was delivered; 0 if nothing was ever put there. */
export function deliveredUpTo(inbox: Inbox): number {
  const lowest = Math.min(inbox.urgent[0] ?? Number.POSITIVE_INFINITY, inbox.normal[0] ?? Number.POSITIVE_INFINITY);
  return inbox.entries[lowerBound(inbox.entries, lowest) - 1] ?? 0;
}

function put(state: State, inbox: Inbox, message: StoredMessage): void {
  insert(inbox.entries, message.seq);
  markUnread(inbox, message);
  if (!isDirect(message)) return;
  insert(inbox.owed, message.seq);
  const tooMany = inbox.owed.at(-1 - UNREAD_KEPT_PER_AGENT);
  if (tooMany !== undefined) loosen(state, tooMany);
}

function markUnread(inbox: Inbox, message: StoredMessage): void {
  insert(message.urgent ? inbox.urgent : inbox.normal, message.seq);
}

function takeUnread(inbox: Inbox, seq: number): boolean {
  return remove(inbox.urgent, seq) || remove(inbox.normal, seq);
}
