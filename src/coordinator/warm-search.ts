import { enterSome } from '../state/learnings/learning-words.ts';
import type { Engine } from './engine.ts';

/** Learnings that are entered in one go, so that no call waits longer than about a millisecond for them. */
const ENTERED_AT_ONCE = 20;

/** Makes the full-text index of learnings little by little, so that the first search need not. Ends with `signal`. */
export function warmSearch(engine: Engine, signal: AbortSignal): void {
  const step = (): void => {
    if (!signal.aborted && enterSome(engine.state.learnings, ENTERED_AT_ONCE)) setImmediate(step);
  };
  setImmediate(step);
}
