import { visibleJson } from '../../errors/quote.ts';
import type { Delivery, Inbox } from '../messages/inbox.ts';
import { handedTo, inboxNote, markDelivered, offered } from '../messages/mail.ts';
import { show } from '../messages/shown.ts';
import { mailboxesOf } from '../roster/roster.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { heardSession } from './hook-memory.ts';

/*
 * Mail by a client's hook.
 *
 *     unread ── handed to a hook ──▶ delivered, unconfirmed ── `shown` ──▶ delivered ── next hook ──▶ read
 *       ▲                                   │                                │
 *       └── the hook ends without `shown` ──┴── silence, another session ────┘
 *
 * A hook that took too long has shown nothing, though it was answered: only what it confirms can become read. What
 * a session was shown and is unread again, for whatever reason, is read as soon as that session is heard again.
 */

/** A session that is silent for this long may never have gone on from what it was shown, in seconds. */
const SILENT_SECONDS = 600;
/** What was shown to a session that is silent for this long is forgotten, in seconds. */
const FORGOTTEN_SECONDS = 86_400;
/** Most messages looked at for one hook. */
const OFFERED_MAX = 100;
/** Room kept for the line that counts the rest, in characters. */
const COUNT_MAX_CHARS = 100;

/** Sessions of hooks are told from those of the link by this. */
const PREFIX = 'hook:';
/** Stands where a call would be, until the hook has confirmed the batch. */
const UNCONFIRMED = 'unconfirmed';

export interface Handed {
  text: string;
  /** Number of the batch in `text`; absent if that only counts messages. */
  batch?: number;
}

/**
 * Hands unread mail of `agent` to a hook of `client`: whole messages, as many as fit, the rest as a number.
 * Undefined if there is nothing it was not told before.
 */
export function handMail(
  tx: Transaction,
  agent: string,
  client: string,
  { of, heading, maxChars }: { of: 'all' | 'urgent'; heading: string; maxChars: number },
): Handed | undefined {
  const { state } = tx;
  const { counted } = heardSession(state.volatile.hooks, client, tx.now.mono);
  const mailboxes = mailboxesOf(state, agent);
  const lines = [heading];
  const taken = new Map<string, number[]>(mailboxes.map((mailbox) => [mailbox, []]));
  let left = maxChars - heading.length - COUNT_MAX_CHARS;
  let newestLeft = 0;
  for (const { mailbox, seq } of offered(state, mailboxes, OFFERED_MAX)) {
    const message = state.messages.get(seq);
    if (!message || (of === 'urgent' && !message.urgent)) continue;
    const line = visibleJson(show(message, Number.POSITIVE_INFINITY));
    if (line.length + 1 > left) {
      newestLeft = Math.max(newestLeft, seq);
      continue;
    }
    left -= line.length + 1;
    lines.push(line);
    taken.get(mailbox)?.push(seq);
  }
  const isNews = newestLeft > counted[of];
  counted[of] = Math.max(counted[of], newestLeft);
  const batch = lines.length === 1 ? undefined : handOver(tx, agent, client, taken);
  const { unread = 0, urgent = 0 } = inboxNote(state, agent) ?? {};
  const rest = of === 'urgent' ? urgent : unread;
  if (batch === undefined) {
    return isNews
      ? { text: `${rest} ${of === 'urgent' ? 'urgent' : 'unread'}, too long to be shown here: poll returns them.` }
      : undefined;
  }
  if (rest > 0) lines.push(`${rest} more ${of === 'urgent' ? 'urgent' : 'unread'}: poll returns them.`);
  return { text: lines.join('\n'), batch };
}

/** The main thread of a client session goes on: what it was shown is read, what it was not is unread again. */
export function hookHeard(tx: Transaction, agent: string | undefined, client: string): void {
  const { hooks } = tx.state.volatile;
  const session = heardSession(hooks, client, tx.now.mono);
  session.at = tx.now.mono;
  const key = PREFIX + client;
  for (const [mailbox, seqs] of handedTo(tx.state, key, ({ call }) => call !== UNCONFIRMED))
    tx.emit({ kind: 'read', mailbox, seqs });
  // Whoever was to confirm these is gone, with an earlier coordinator.
  const isLost = ({ call, batch }: Delivery): boolean => call === UNCONFIRMED && !hooks.inFlight.has(batch);
  for (const [mailbox, seqs] of handedTo(tx.state, key, isLost)) tx.emit({ kind: 'undelivered', mailbox, seqs });
  if (agent === undefined || session.shown.size === 0) return;
  for (const mailbox of mailboxesOf(tx.state, agent)) {
    const inbox = tx.state.inboxes.get(mailbox);
    const seqs = [...(inbox?.urgent ?? []), ...(inbox?.normal ?? [])].filter((seq) => session.shown.has(seq));
    if (seqs.length === 0) continue;
    markDelivered(tx, agent, mailbox, seqs, { session: key, batch: tx.state.record + 1 });
    tx.emit({ kind: 'read', mailbox, seqs });
  }
}

/** Another session of the client's has begun: what `agent` was shown in one before, and has not gone on from, is unread. */
export function takeBackOthers(tx: Transaction, agent: string, client: string): void {
  const isOthers = ({ session }: Delivery): boolean => session.startsWith(PREFIX) && session !== PREFIX + client;
  for (const mailbox of mailboxesOf(tx.state, agent)) undeliver(tx, mailbox, tx.state.inboxes.get(mailbox), isOthers);
}

/** The hook that was handed this batch has passed it on to its model. */
export function confirmShown(tx: Transaction, batch: number): void {
  const { hooks } = tx.state.volatile;
  hooks.inFlight.delete(batch);
  for (const [mailbox, inbox] of tx.state.inboxes) {
    const handed = [...inbox.delivered].filter(([, own]) => isUnconfirmed(own, batch));
    const session = handed[0]?.[1].session;
    if (session === undefined) continue;
    const seqs = handed.map(([seq]) => seq);
    tx.emit({ kind: 'delivered', mailbox, seqs, delivery: { session, batch }, cursor: inbox.cursor });
    const { shown } = heardSession(hooks, session.slice(PREFIX.length), tx.now.mono);
    for (const seq of seqs) shown.add(seq);
  }
}

/** The hook that was handed this batch is gone; unless it confirmed it before, it was never shown. */
export function dropUnshown(tx: Transaction, batch: number): void {
  tx.state.volatile.hooks.inFlight.delete(batch);
  for (const [mailbox, inbox] of tx.state.inboxes) undeliver(tx, mailbox, inbox, (own) => isUnconfirmed(own, batch));
}

/** Makes unread again what sessions were shown that have been silent for long. */
export function tickHookMail(tx: Transaction): void {
  const { hooks } = tx.state.volatile;
  const { mono } = tx.now;
  const isSilent = ({ session, batch }: Delivery): boolean =>
    session.startsWith(PREFIX) &&
    !hooks.inFlight.has(batch) &&
    mono - heardSession(hooks, session.slice(PREFIX.length), mono).at >= SILENT_SECONDS * SECOND_MS;
  for (const [mailbox, inbox] of tx.state.inboxes) undeliver(tx, mailbox, inbox, isSilent);
  for (const [client, { at }] of hooks.heard)
    if (mono - at >= FORGOTTEN_SECONDS * SECOND_MS) hooks.heard.delete(client);
}

function handOver(tx: Transaction, agent: string, client: string, taken: ReadonlyMap<string, number[]>): number {
  const batch = tx.state.record + 1;
  for (const [mailbox, seqs] of taken)
    markDelivered(tx, agent, mailbox, seqs, { session: PREFIX + client, batch, call: UNCONFIRMED });
  tx.state.volatile.hooks.inFlight.add(batch);
  return batch;
}

function isUnconfirmed({ session, batch, call }: Delivery, wanted: number): boolean {
  return batch === wanted && call === UNCONFIRMED && session.startsWith(PREFIX);
}

function undeliver(
  tx: Transaction,
  mailbox: string,
  inbox: Inbox | undefined,
  fits: (delivery: Delivery) => boolean,
): void {
  if (!inbox || inbox.delivered.size === 0) return;
  const seqs = [...inbox.delivered].filter(([, own]) => fits(own)).map(([seq]) => seq);
  if (seqs.length > 0) tx.emit({ kind: 'undelivered', mailbox, seqs });
}
