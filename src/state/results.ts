import { RESULT_KEPT_SECONDS, RESULTS_KEPT_PER_AGENT } from '../protocol/limits.ts';
import type { State } from './state.ts';
import { SECOND_MS } from './time.ts';

/** The answer to a call that changed something, kept so that a retry is answered and not repeated. */
export interface KeptResult {
  /** Wall time, in milliseconds. */
  at: number;
  answer: object;
}

/** `call` is the link's idempotency id, prefixed with the session that made it. */
export type ResultEvent = { kind: 'result'; agent: string; call: string; answer: object };

export function applyResultEvent(state: State, event: ResultEvent, at: number): void {
  let kept = state.results.get(event.agent);
  if (!kept) {
    kept = new Map();
    state.results.set(event.agent, kept);
  }
  kept.set(event.call, { at, answer: event.answer });
  for (const [call, result] of kept) {
    if (kept.size <= RESULTS_KEPT_PER_AGENT && at - result.at <= RESULT_KEPT_SECONDS * SECOND_MS) break;
    kept.delete(call);
  }
}

/** The answer first given to this call, if it was made before and is still kept. */
export function keptAnswer(state: State, agent: string, call: string): object | undefined {
  return state.results.get(agent)?.get(call)?.answer;
}
