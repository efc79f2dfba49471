import type { InboxAnswer, LogAnswer } from '../../protocol/answers.ts';
import type { StoredMessage } from '../../protocol/messages.ts';
import type { InboxRequest, LogRequest } from '../../protocol/requests.ts';
import { resolve } from '../roster/identity.ts';
import type { State } from '../state.ts';
import { unreadIn } from './inbox.ts';
import { show } from './shown.ts';
import { has } from './sorted.ts';

/** What people read: the log of all messages, and the mailbox of one agent. Neither marks anything. */

/** A page of the log, oldest first: what came after `since`, or the newest messages. */
export function log(state: State, request: LogRequest): LogAnswer {
  const agent = request.agent === undefined ? undefined : resolve(state, request.agent);
  const fits = (message: StoredMessage): boolean =>
    (request.type === undefined || message.type.endsWith(`.${request.type}`)) &&
    (agent === undefined || message.agent_id === agent || message.to.includes(agent));
  const oldest = state.messages.keys().next().value ?? state.seq + 1;
  const { since } = request;
  const step = since === undefined ? -1 : 1;
  const page: StoredMessage[] = [];
  for (
    let seq = since === undefined ? state.seq : Math.max(oldest, since + 1);
    seq >= oldest && seq <= state.seq && page.length < request.limit;
    seq += step
  ) {
    const message = state.messages.get(seq);
    if (message && fits(message)) page.push(message);
  }
  if (since === undefined) page.reverse();
  return { messages: page, last: state.seq };
}

/** The newest messages of a mailbox with their marks, oldest first. */
export function inbox(state: State, you: string, request: InboxRequest): InboxAnswer {
  const agent = request.agent === undefined ? you : resolve(state, request.agent);
  const box = state.inboxes.get(agent);
  const entries = box?.entries ?? [];
  const messages = entries.slice(-request.limit).flatMap((seq) => {
    const message = state.messages.get(seq);
    if (!message || !box) return [];
    const unread = has(box.urgent, seq) || has(box.normal, seq);
    const mark = unread ? 'unread' : box.delivered.has(seq) ? 'delivered' : 'read';
    return [{ ...show(message, Number.POSITIVE_INFINITY), at: message.at, state: mark } as const];
  });
  return { agent, messages, unread: unreadIn(box).unread };
}
