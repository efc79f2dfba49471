import type { InboxNote, PollAnswer, PolledMessage } from '../../protocol/answers.ts';
import { BATCH_MAX_BYTES, BATCH_TEXT_MAX_BYTES } from '../../protocol/limits.ts';
import type { PollRequest } from '../../protocol/requests.ts';
import { mailboxesOf, SUPERVISOR } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { noteHanded } from '../supervision/nudges.ts';
import type { Transaction } from '../transaction.ts';
import { type Delivery, deliveredUpTo, type Inbox, unreadIn } from './inbox.ts';
import { bytesInBatch, EMPTY_BATCH_BYTES, show } from './shown.ts';
import { has, lowerBound } from './sorted.ts';

/** Reading mail: what a session is handed, in which order, and when it counts as read. */

/** Answers `poll` for `agent` in `session`: a batch of unread mail, or with `since` a plain re-read. */
export function poll(tx: Transaction, agent: string, session: string, request: PollRequest): PollAnswer {
  if (request.since !== undefined) return reread(tx.state, agent, request.since, request.limit);
  return redelivered(tx.state, agent, session, request.call) ?? deliver(tx, agent, session, request);
}

/** Whether a `poll` would be handed anything. */
export function hasMail(state: State, agent: string): boolean {
  return inboxNote(state, agent) !== undefined;
}

/** What waits for `agent`; undefined if nothing does. */
export function inboxNote(state: State, agent: string): InboxNote | undefined {
  let unread = 0;
  let urgent = 0;
  for (const mailbox of mailboxesOf(state, agent)) {
    const count = unreadIn(state.inboxes.get(mailbox));
    unread += count.unread;
    urgent += count.urgent;
  }
  if (unread === 0) return undefined;
  return urgent === 0 ? { unread } : { unread, urgent };
}

/** Marks batches as read, helpers' too: the session that was handed them has gone on. Unknown batches are ignored. */
export function acknowledge(tx: Transaction, session: string, batches: readonly number[]): void {
  for (const [mailbox, seqs] of handedTo(tx.state, session, ({ batch }) => batches.includes(batch)))
    tx.emit({ kind: 'read', mailbox, seqs });
}

/** Direct messages to `agent` that it has not read. */
export function unreadDirect(state: State, agent: string): number[] {
  return [...(state.inboxes.get(agent)?.owed ?? [])];
}

/** The batch a call was handed before its answer was lost, if nobody has taken it back since. */
function redelivered(state: State, agent: string, session: string, call: string | undefined): PollAnswer | undefined {
  if (call === undefined) return undefined;
  const handed = mailboxesOf(state, agent).flatMap((mailbox) =>
    [...(state.inboxes.get(mailbox)?.delivered ?? [])].filter(
      ([, own]) => own.session === session && own.call === call,
    ),
  );
  const [first] = handed;
  if (!first) return undefined;
  const messages = handed
    .flatMap(([seq]) => state.messages.get(seq) ?? [])
    .sort((a, b) => Number(b.urgent ?? false) - Number(a.urgent ?? false) || a.seq - b.seq)
    .map((message) => show(message, BATCH_TEXT_MAX_BYTES));
  return { ...totals(state, agent), messages, batch: first[1].batch };
}

/** Makes what was handed to a call unread again: the call was cancelled, and its answer reached nobody. */
export function takeBackCall(tx: Transaction, session: string, call: string): void {
  for (const [mailbox, seqs] of handedTo(tx.state, session, (delivery) => delivery.call === call))
    tx.emit({ kind: 'undelivered', mailbox, seqs });
}

/** Makes everything that a session was handed and has not read unread again. */
export function takeBack(tx: Transaction, session: string): void {
  for (const [mailbox, seqs] of handedTo(tx.state, session, () => true))
    tx.emit({ kind: 'undelivered', mailbox, seqs });
}

/** What a session was handed and has not read, by mailbox. */
export function handedTo(state: State, session: string, fits: (delivery: Delivery) => boolean): [string, number[]][] {
  return [...state.inboxes].flatMap(([mailbox, inbox]): [string, number[]][] => {
    const seqs = [...inbox.delivered].filter(([, own]) => own.session === session && fits(own)).map(([seq]) => seq);
    return seqs.length === 0 ? [] : [[mailbox, seqs]];
  });
}

function totals(state: State, agent: string): { unread: number; cursor: number } {
  return {
    unread: inboxNote(state, agent)?.unread ?? 0,
    cursor: Math.max(...mailboxesOf(state, agent).map((mailbox) => state.inboxes.get(mailbox)?.cursor ?? 0)),
  };
}

function deliver(tx: Transaction, agent: string, session: string, { limit, call }: PollRequest): PollAnswer {
  const mailboxes = mailboxesOf(tx.state, agent);
  const batch: PolledMessage[] = [];
  const taken = new Map<string, number[]>(mailboxes.map((mailbox) => [mailbox, []]));
  let bytes = EMPTY_BATCH_BYTES;
  for (const { mailbox, seq } of offered(tx.state, mailboxes, limit)) {
    const message = tx.state.messages.get(seq);
    if (!message) continue;
    const shown = show(message, BATCH_TEXT_MAX_BYTES);
    bytes += bytesInBatch(shown);
    if (batch.length > 0 && bytes > BATCH_MAX_BYTES) break;
    batch.push(shown);
    taken.get(mailbox)?.push(seq);
  }
  const number = tx.state.record + 1;
  const delivery = { session, batch: number, ...(call === undefined ? {} : { call }) };
  for (const [mailbox, seqs] of taken) markDelivered(tx, agent, mailbox, seqs, delivery);
  const missed = takeMissed(tx, mailboxes);
  return {
    messages: batch,
    ...totals(tx.state, agent),
    ...(missed === 0 ? {} : { missed }),
    ...(batch.length === 0 ? {} : { batch: number }),
  };
}

/** Notes that messages of a mailbox were handed to `agent`. */
export function markDelivered(
  tx: Transaction,
  agent: string,
  mailbox: string,
  seqs: number[],
  delivery: Delivery,
): void {
  const inbox = tx.state.inboxes.get(mailbox);
  if (!inbox || seqs.length === 0) return;
  tx.emit({ kind: 'delivered', mailbox, seqs, delivery, cursor: cursorAfter(inbox, seqs) });
  if (mailbox === SUPERVISOR) noteHanded(tx, agent, seqs);
}

/** Up to `limit` unread messages of these mailboxes: urgent first, then oldest; none twice. */
export function offered(state: State, mailboxes: readonly string[], limit: number): { mailbox: string; seq: number }[] {
  const [own, role] = mailboxes.map((mailbox) => ({ mailbox, inbox: state.inboxes.get(mailbox) }));
  const pick = (key: 'urgent' | 'normal'): { mailbox: string; seq: number }[] => [
    ...(own?.inbox?.[key] ?? []).slice(0, limit).map((seq) => ({ mailbox: own?.mailbox ?? '', seq })),
    // What was told to everybody is in both; a supervisor reads its own copy.
    ...(role?.inbox?.[key] ?? [])
      .filter((seq) => !has(own?.inbox?.entries ?? [], seq))
      .slice(0, limit)
      .map((seq) => ({ mailbox: role?.mailbox ?? '', seq })),
  ];
  const bySeq = (a: { seq: number }, b: { seq: number }): number => a.seq - b.seq;
  return [...pick('urgent').sort(bySeq), ...pick('normal').sort(bySeq)].slice(0, limit);
}

/** The cursor once `seqs` are delivered. */
function cursorAfter(inbox: Inbox, seqs: readonly number[]): number {
  const taken = new Set(seqs);
  const left = (list: number[]): number[] => list.filter((seq) => !taken.has(seq));
  return deliveredUpTo({ ...inbox, urgent: left(inbox.urgent), normal: left(inbox.normal) });
}

function takeMissed(tx: Transaction, mailboxes: readonly string[]): number {
  let missed = 0;
  for (const mailbox of mailboxes) {
    const count = tx.state.inboxes.get(mailbox)?.missed ?? 0;
    if (count > 0) tx.emit({ kind: 'missed-told', mailbox });
    missed += count;
  }
  return missed;
}

function reread(state: State, agent: string, since: number, limit: number): PollAnswer {
  const unread = inboxNote(state, agent)?.unread ?? 0;
  if (since > state.seq) return { messages: [], unread, cursor: state.seq, reset: true };
  const seqs = new Set<number>();
  for (const mailbox of mailboxesOf(state, agent)) {
    const entries = state.inboxes.get(mailbox)?.entries ?? [];
    const start = lowerBound(entries, since + 1);
    for (const seq of entries.slice(start, start + limit)) seqs.add(seq);
  }
  const messages: PolledMessage[] = [];
  let bytes = EMPTY_BATCH_BYTES;
  for (const seq of [...seqs].sort((a, b) => a - b).slice(0, limit)) {
    const message = state.messages.get(seq);
    if (!message) continue;
    const shown = show(message, limit === 1 ? Number.POSITIVE_INFINITY : BATCH_TEXT_MAX_BYTES);
    bytes += bytesInBatch(shown);
    if (messages.length > 0 && bytes > BATCH_MAX_BYTES) break;
    messages.push(shown);
  }
  return { messages, unread, cursor: messages.at(-1)?.seq ?? since };
}
