import * as errors from '../../errors/routing.ts';
import type { StoredMessage } from '../../protocol/messages.ts';
import type { PublishOf } from '../../protocol/publish.ts';
import { COORDINATOR } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { mayClose, type Opening, openFor } from './openings.ts';
import { othersConcerned, recipients, recipientsOrAll, repliedTo, replyRecipient } from './routing.ts';

/** Whom a reply goes to, and what it settles. */

/** Where a message with `re` or `to` goes. */
export interface Reply {
  to: string[];
  /** The commit that the message replied to is about. */
  subject?: string;
}

/**
 * Resolves `re` and `to` of a reply that may have either.
 * @throws PawError if it has neither, or names nobody who can be written to.
 */
export function reply(
  state: State,
  from: string,
  type: 'answer' | 'feedback' | 'note' | 'verified',
  input: { re?: number | undefined; to?: string[] | undefined },
): Reply {
  const message = input.re === undefined ? undefined : repliedTo(state, input.re);
  const subject = message && commitOf(message);
  const about = subject === undefined ? {} : { subject };
  if (input.to) {
    const to = type === 'note' ? recipientsOrAll(state, from, input.to) : recipients(state, from, input.to);
    return { to, ...about };
  }
  if (!message) throw errors.needsRecipient(type);
  const id = replyRecipient(message);
  if (id === from) throw errors.notToYourself('re');
  if (id !== COORDINATOR) return { to: recipients(state, from, [id]), ...about };
  const [other, ...more] = othersConcerned(state, from, message);
  if (other === undefined || more.length > 0) throw errors.coordinatorTakesNoMail(type, message.seq);
  return { to: [other], ...about };
}

/**
 * Resolves an answer: whom it goes to, and the question or block that it closes. Without `re` that is the
 * only one its recipient has open.
 * @throws PawError as `reply` does, or if the recipient has several open.
 */
export function answerTo(
  state: State,
  from: string,
  input: PublishOf<'answer'>,
): Reply & { closes?: Opening; re?: number } {
  const resolved = reply(state, from, 'answer', input);
  if (input.re !== undefined) {
    const opening = state.openings.get(input.re);
    return { ...resolved, re: input.re, ...(opening && mayClose(state, from, opening) ? { closes: opening } : {}) };
  }
  const [asker] = resolved.to;
  const open = asker !== undefined && resolved.to.length === 1 ? openFor(state, from, asker) : [];
  if (asker !== undefined && open.length > 1) throw errors.severalOpen(asker, open);
  const [only] = open;
  return only ? { ...resolved, closes: only, re: only.seq } : resolved;
}

function commitOf(message: StoredMessage): string | undefined {
  switch (message.type) {
    case 'supervisor.verify-now':
    case 'agent.artifact':
    case 'agent.verified':
      return message.payload.commit;
    default:
      return undefined;
  }
}
