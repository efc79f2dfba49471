import * as errors from '../../errors/routing.ts';
import type { PublishAnswer } from '../../protocol/answers.ts';
import { MESSAGE_MAX_BYTES, RECIPIENTS_SHOWN, TEXT_MAX_BYTES } from '../../protocol/limits.ts';
import type { StoredMessage, StoredType } from '../../protocol/messages.ts';
import { resolve } from '../roster/identity.ts';
import { ALL, HUMAN, isOnline } from '../roster/roster.ts';
import type { State } from '../state.ts';
import type { Outgoing, Transaction } from '../transaction.ts';
import { utf8Bytes } from './inbox.ts';

/** Where messages go, and what the sender is told of it. */

/** Everybody a broadcast by `sender` reaches: all known agents but itself, helpers, and the human. */
export function everybodyBut(state: State, sender: string): string[] {
  return [...state.agents.values()]
    .filter((agent) => agent.id !== sender && agent.origin !== 'subagent' && agent.id !== HUMAN)
    .map((agent) => agent.id);
}

/**
 * The agents that `names` mean.
 * @throws PawError if one is not known, or is the sender itself.
 */
export function recipients(state: State, sender: string, names: readonly string[]): string[] {
  const ids = new Set<string>();
  for (const name of names) {
    const id = resolve(state, name);
    if (id === sender) throw errors.notToYourself('to');
    ids.add(id);
  }
  return [...ids].sort();
}

/** As `recipients`, where `all` means everybody. */
export function recipientsOrAll(state: State, sender: string, names: readonly string[]): string[] {
  return names.includes(ALL) ? everybodyBut(state, sender) : recipients(state, sender, names);
}

/**
 * The message that `re` names.
 * @throws PawError if there is none, or if it is no longer kept.
 */
export function repliedTo(state: State, re: number): StoredMessage {
  if (re > state.seq) throw errors.replyBeyondLog(re, state.seq);
  const message = state.messages.get(re);
  if (!message) throw errors.replyNotKept(re);
  return message;
}

/** Whom a reply to `message` goes to: its sender, or for a request about an agent that agent. */
export function replyRecipient(message: StoredMessage): string {
  if (message.type === 'supervisor.verify-now') return message.payload.branch_id;
  return (message.type === 'agent.question' && message.payload.branch_id) || message.agent_id;
}

/** The known agents but `reader` that a message is about. */
export function othersConcerned(state: State, reader: string, { payload }: StoredMessage): string[] {
  const { by, with: other, agent, holder, branch_id, agents }: { [field: string]: unknown } = { ...payload };
  const named = [by, other, agent, holder, branch_id, ...(Array.isArray(agents) ? agents : [])];
  return [...new Set(named)]
    .filter((id) => typeof id === 'string')
    .filter((id) => id !== reader && state.agents.has(id));
}

/**
 * Stores a message after checking its size.
 * @throws PawError if it is too long; nothing is stored then.
 */
export function post<T extends StoredType>(tx: Transaction, outgoing: Outgoing<T>): number {
  for (const value of Object.values(outgoing.payload as object)) {
    const bytes = typeof value === 'string' ? utf8Bytes(value) : 0;
    if (bytes > TEXT_MAX_BYTES) throw errors.textTooLong(bytes, TEXT_MAX_BYTES);
  }
  const bytes = utf8Bytes(JSON.stringify(outgoing));
  if (bytes > MESSAGE_MAX_BYTES) throw errors.messageTooLong(bytes, MESSAGE_MAX_BYTES);
  return tx.send(outgoing);
}

/** Posts a message to all but its sender, and says to how many. */
export function broadcast<T extends StoredType>(
  tx: Transaction,
  outgoing: Omit<Outgoing<T>, 'to'>,
): Pick<PublishAnswer, 'seq' | 'to' | 'more'> {
  const to = everybodyBut(tx.state, outgoing.from);
  return { seq: post(tx, { ...outgoing, to }), ...shown(to) };
}

/** Posts a message to named agents, and says which of them have no connection. */
export function direct<T extends StoredType>(
  tx: Transaction,
  outgoing: Outgoing<T>,
): Pick<PublishAnswer, 'seq' | 'to' | 'more' | 'offline'> {
  const seq = post(tx, outgoing);
  const offline = outgoing.to.filter((id) => !isOnline(tx.state, id));
  return { seq, ...shown(outgoing.to), ...(offline.length === 0 ? {} : { offline }) };
}

/** Recipients as an answer names them: the first few, and how many others. */
export function shown(to: readonly string[]): { to: string[]; more?: number } {
  const sorted = [...to].sort();
  const more = sorted.length - RECIPIENTS_SHOWN;
  return more > 0 ? { to: sorted.slice(0, RECIPIENTS_SHOWN), more } : { to: sorted };
}
