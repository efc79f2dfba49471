import { shellWord } from '../../errors/quote.ts';
import type { DoneEvent, FailedEvent, WorkerEvent } from '../../worker/events.ts';
import { leftBehind } from '../../worker/left-behind.ts';
import type { Look } from './look.ts';
import { safeLine, safeLines } from './safe-text.ts';
import { span } from './time.ts';
import { cut } from './width.ts';

/** How much of the command is shown, in columns. */
const COMMAND_MAX = 200;
/** Sequences that colour text or move the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with one
const SEQUENCES = /\u001b\[[0-?]*[ -/]*[@-~]/g;

/** What a worker tells, in one line. */
export function workerLine(event: WorkerEvent): string {
  switch (event.kind) {
    case 'ready':
      // The file that names it may have come with the repository.
      return safeLine(
        `Up to ${event.slots} at a time, each by: ${cut(event.command.map(shellWord).join(' '), COMMAND_MAX)}`,
      );
    case 'started':
      return safeLine(`${event.id} started in ${event.worktree}`);
    case 'output':
      return `${event.id} | ${outputText(event.line)}`;
    case 'done':
      return safeLine(doneLine(event));
    case 'failed':
      return safeLine(failedLine(event));
    case 'stopped':
      return `${event.id} stopped, and free again`;
    case 'lost':
      return `${event.id} lost: it was taken from this worker, and the command was ended`;
    case 'untold':
      return safeLine(`${event.id} ended, and the coordinator was not told how: ${event.how}`);
    case 'idle':
      return 'No item in current can be worked on. `paw-coordinator work list` shows all.';
    case 'problem':
      return safeLine(event.message);
  }
}

/** What a slot is doing. */
export interface SlotView {
  id: string;
  title: string;
  /** How long it has been at it, in seconds. */
  seconds: number;
  /** The last line the command printed. */
  last: string;
}

/** A line for each slot, and below them what was told last, newest at the bottom. */
export function workerScreen(
  slots: readonly (SlotView | undefined)[],
  told: readonly string[],
  { width, paint }: Look,
): string[] {
  const rows = slots.map((slot, index) => {
    if (!slot) return paint('dim', `${index + 1}  waiting`);
    const head = `${index + 1}  ${slot.id}  ${span(slot.seconds)}  ${safeLine(slot.title)}`;
    const shown = cut(slot.last === '' ? head : `${head}  ·  ${outputText(slot.last).trim()}`, width);
    return paint('bold', shown.slice(0, head.length)) + shown.slice(head.length);
  });
  return [...rows, '', ...told.map((line) => cut(line, width))];
}

function doneLine({ id, commits, stage, uncommitted, found }: DoneEvent): string {
  const what = `${commits} commit${commits === 1 ? '' : 's'}${found ? ' of an earlier run' : ''}`;
  return [`${id} done: ${what}, now in ${stage}`, leftBehind(uncommitted)].filter((part) => part !== '').join('; ');
}

function failedLine({ id, reason, attempts, maxAttempts, isBlocked }: FailedEvent): string {
  return `${id} failed: ${reason} (attempt ${attempts} of ${maxAttempts}${isBlocked ? ', now blocked' : ''})`;
}

/** A line of a program's own output, without its colours and without control over the terminal. */
function outputText(line: string): string {
  return safeLines(line.replace(SEQUENCES, '')).join(' ');
}
