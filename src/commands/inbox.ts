import type { LinkClient } from '../link/client.ts';
import type { InboxAnswer, PolledMessage } from '../protocol/answers.ts';
import { POLL_LIMIT_MAX } from '../protocol/limits.ts';
import { withCoordinator } from './coordinator-link.ts';
import { print, printJson, stdoutLook } from './output.ts';
import { type Letter, letterLines } from './render/messages.ts';
import { counted } from './render/wording.ts';

/** Newest messages of the mailbox that are looked at for time and whole text. */
const LOOK_BACK = 500;

/**
 * `paw-coordinator inbox`: a person's unread mail, which counts as read once it was printed. With an agent: a
 * look at its mailbox that marks nothing.
 */
export async function inbox(agent: string | undefined, { json = false }: { json?: boolean }): Promise<void> {
  if (agent === undefined) return withCoordinator((link) => readOwn(link, json));
  const answer = await withCoordinator((link) => link.request('inbox', { agent }));
  if (json) return printJson(answer);
  for (const letter of answer.messages) showLetter(letter, true);
  print(`${counted(answer.messages.length, 'message')} for ${answer.agent}, ${answer.unread} unread.`);
}

async function readOwn(link: LinkClient, json: boolean): Promise<void> {
  const read: Letter[] = [];
  let missed = 0;
  for (;;) {
    const batch = await link.request('poll', { limit: POLL_LIMIT_MAX });
    missed += batch.missed ?? 0;
    if (batch.messages.length === 0) break;
    const letters = await whole(link, batch.messages);
    read.push(...letters);
    if (!json) for (const letter of letters) showLetter(letter, false);
    if (batch.batch !== undefined) await link.request('ack', { batches: [batch.batch] });
  }
  if (json) return printJson({ agent: link.agentId ?? 'human', messages: read, unread: 0, ...(missed && { missed }) });
  if (missed > 0) print(`${counted(missed, 'older message')} had to make room before you read them.`);
  if (read.length === 0) print('No unread mail. `paw-coordinator inbox human` shows what you have read.');
  else print('', 'To answer: paw-coordinator answer NUMBER "…"');
}

/** Polled messages with their time, and with texts that a batch had cut. */
async function whole(link: LinkClient, messages: readonly PolledMessage[]): Promise<Letter[]> {
  const { messages: kept } = await link.request('inbox', { limit: LOOK_BACK });
  const bySeq = new Map<number, InboxAnswer['messages'][number]>(kept.map((message) => [message.seq, message]));
  return messages.map((message) => ({ ...(bySeq.get(message.seq) ?? message), state: 'unread' }));
}

function showLetter(letter: Letter, showState: boolean): void {
  print(...letterLines(letter, stdoutLook(), new Date(), showState));
}
