import { noSuchMessage } from '../errors/commands.ts';
import type { PublishAnswer } from '../protocol/answers.ts';
import { SEQ_MAX } from '../protocol/limits.ts';
import { withCoordinator } from './coordinator-link.ts';
import { print, printJson } from './output.ts';

export interface TellOptions {
  urgent?: boolean;
  json?: boolean;
}

/** `paw-coordinator tell`: a note from the person to one agent or to all. */
export async function tell(to: string, words: readonly string[], { urgent = false, json }: TellOptions): Promise<void> {
  const input = { type: 'note' as const, to: [to], text: words.join(' '), ...(urgent && { urgent }) };
  const sent = await withCoordinator((link) => link.request('publish', { input }));
  showSent(sent, json);
}

const SEQ = /^[1-9]\d*$/;

/**
 * `paw-coordinator answer`: answers the message with that number, or the only open question of an agent. A whole
 * number is always taken for a message.
 */
export async function answer(target: string, words: readonly string[], { json }: { json?: boolean }): Promise<void> {
  const text = words.join(' ');
  if (SEQ.test(target) && Number(target) > SEQ_MAX) throw noSuchMessage(target, SEQ_MAX);
  const about = SEQ.test(target) ? { re: Number(target) } : { to: [target] };
  const sent = await withCoordinator((link) => link.request('publish', { input: { type: 'answer', text, ...about } }));
  showSent(sent, json);
}

function showSent(sent: PublishAnswer, json = false): void {
  if (json) printJson(sent);
  else if (sent.to.length === 0) print(`Message ${sent.seq} is in the log; nobody else is known here yet.`);
  else {
    const more = sent.more === undefined ? '' : ` and ${sent.more} more`;
    print(`Sent to ${sent.to.join(', ')}${more} as message ${sent.seq}.`);
    if (sent.offline !== undefined) print(`Not connected: ${sent.offline.join(', ')}. It waits in the mailbox.`);
  }
}
