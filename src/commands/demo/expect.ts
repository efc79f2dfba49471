import { demoUnexpected } from '../../errors/commands.ts';
import type { PolledMessage } from '../../protocol/answers.ts';
import type { McpSession } from './mcp-session.ts';

/** How long a mail may take in all, in milliseconds, and how long one poll waits for it, in seconds. */
const MAIL_MAX_MS = 10_000;
const POLL_SECONDS = 5;

/**
 * Ends the demo unless what was expected is so.
 *
 * @throws PawError `internal` naming what was expected and what was got
 */
export function expectThat(isSo: boolean, expected: string, got: unknown): asserts isSo {
  if (!isSo) throw demoUnexpected(expected, got);
}

/** Polls until the mail that fits has come, as an agent with nothing else to do would. */
export async function nextMail(
  session: McpSession,
  fits: (message: PolledMessage) => boolean,
  expected: string,
): Promise<PolledMessage> {
  const deadline = performance.now() + MAIL_MAX_MS;
  const seen: PolledMessage[] = [];
  while (performance.now() < deadline) {
    const { messages } = await session.call('poll', { wait_seconds: POLL_SECONDS });
    const found = messages.find(fits);
    if (found !== undefined) return found;
    seen.push(...messages);
  }
  throw demoUnexpected(expected, seen);
}

/** Marks a promise that is awaited later: if something else fails meanwhile, its own failure is no second one. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** One text of a payload; empty if it has none of that name. */
export function textOf(message: PolledMessage, field: string): string {
  const value: unknown = Object.entries(message.payload).find(([name]) => name === field)?.[1];
  return typeof value === 'string' ? value : '';
}
