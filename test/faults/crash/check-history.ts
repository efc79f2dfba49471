import { checkClaims } from './check-claims.ts';
import { checkMessages } from './check-messages.ts';
import type { History } from './history.ts';

/**
 * Compares what clients were told with what was promised to them: no acknowledged call is lost or doubled, no
 * exclusive claims overlap, the log has no gaps, and every call is answered. Knows nothing of the coordinator.
 *
 * @returns one sentence for each promise that was broken
 */
export function checkHistory(history: History): string[] {
  return [...failures(history), ...checkMessages(history), ...checkClaims(history)];
}

function failures({ calls }: History): string[] {
  return calls.flatMap((call) => (call.kind === 'failed' ? [`${call.agent}: ${call.call} failed: ${call.error}`] : []));
}
