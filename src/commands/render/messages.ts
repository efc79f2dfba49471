import type { InboxAnswer } from '../../protocol/answers.ts';
import type { StoredMessage } from '../../protocol/messages.ts';
import type { Look } from './look.ts';
import { safeLine, safeLines } from './safe-text.ts';
import { clock } from './time.ts';
import { cut, pad, wrap } from './width.ts';
import { kindOf, wording } from './wording.ts';

/** Columns for the number of a message in the log. */
const SEQ_COLUMNS = 5;
/** Recipients named in a line; a broadcast goes to more, and is told as `all`. */
const RECIPIENTS_NAMED = 2;
/** Spaces before the text of a letter. */
const TEXT_INDENT = 4;

export type Letter = Omit<InboxAnswer['messages'][number], 'at'> & { at?: string };

/** One message of the log as one line, cut on a terminal. */
export function logLine(message: StoredMessage, look: Look, now: Date): string {
  const head = `${String(message.seq).padStart(SEQ_COLUMNS)}  ${clock(message.at, now)}`;
  const who = safeLine(`${message.agent_id}${addressed(message)}`);
  const kind = `${kindOf(message.type)}${mark(message)}`;
  const plain = `${head}  ${who}  ${kind}  `;
  const text = safeLine(wording(message.type, message.payload));
  const room = Math.max(0, look.width - plain.length);
  return `${look.paint('dim', head)}  ${look.paint('bold', who)}  ${look.paint('cyan', kind)}  ${look.fits ? cut(text, room) : text}`;
}

/** One message of a mailbox with its whole text. */
export function letterLines(letter: Letter, look: Look, now: Date, showState: boolean): string[] {
  const at = letter.at === undefined ? '' : `  ${look.paint('dim', clock(letter.at, now))}`;
  const state = showState ? `  ${look.paint(letter.state === 'unread' ? 'yellow' : 'dim', letter.state)}` : '';
  const kind = look.paint('cyan', `${kindOf(letter.type)}${mark(letter)}`);
  const head = `${look.paint('bold', String(letter.seq))}  ${look.paint('bold', safeLine(letter.from))}  ${kind}${at}${state}`;
  const room = look.width - TEXT_INDENT;
  const text = safeLines(wording(letter.type, letter.payload))
    .flatMap((line) => (look.fits ? wrap(line, room) : [line]))
    .map((line) => pad('', TEXT_INDENT) + line);
  return [head, ...text];
}

function addressed({ to }: StoredMessage): string {
  if (to.length === 0) return '';
  return ` → ${to.length > RECIPIENTS_NAMED ? `${to.length} agents` : to.join(', ')}`;
}

function mark({ re, urgent }: { re?: number; urgent?: true }): string {
  return `${re === undefined ? '' : ` re ${re}`}${urgent === true ? ' URGENT' : ''}`;
}
