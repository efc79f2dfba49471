import type { State } from '../state.ts';

/** Unread direct messages are kept for a known agent up to this many, however old the log is. */
export const UNREAD_KEPT_PER_AGENT = 1000;

/**
 * How far retention has looked through the log, so that no message is looked at twice, however many have to be kept:
 * what is older was kept because somebody has not read it.
 */
export interface Swept {
  /** The log this is about: a recovery replaces it. */
  of: State['messages'];
  /** Number of the first message that was not looked at. */
  next: number;
  /** UTF-8 bytes of the messages before it. */
  keptBytes: number;
  /** Messages before it that somebody has read since, or has too many after. Others may still need them. */
  loose: number[];
}

/** What was looked through; nothing yet after a start. */
export function sweptOf(state: State): Swept {
  const { swept } = state.volatile;
  if (swept?.of === state.messages) return swept;
  const [oldest = state.seq + 1] = state.messages.keys();
  const anew = { of: state.messages, next: oldest, keptBytes: 0, loose: [] };
  state.volatile.swept = anew;
  return anew;
}

/** A mailbox no longer needs this message: if it was kept for that alone, it may go. */
export function loosen(state: State, seq: number): void {
  const { swept } = state.volatile;
  if (swept && seq < swept.next) swept.loose.push(seq);
}

/** A mailbox was given up: everything is to be looked at once more. */
export function sweepAnew(state: State): void {
  state.volatile.swept = undefined;
}
