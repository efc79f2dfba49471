import process from 'node:process';
import { onReaderGone } from './exit.ts';

/** A signal so soon after the first one is the same request: npm hands on what a terminal has sent to all. */
const SAME_REQUEST_MS = 500;

/** Whether this process is asked to end. */
export interface Interrupt {
  signal: AbortSignal;
  /** Whether it is asked once more, because it takes too long. */
  again: AbortSignal;
  /** Gives the process signals back to their default. */
  dispose(): void;
}

/** Takes signals, and a closed stdout, as a request to end, so that what is open can be closed first. */
export function onInterrupt(): Interrupt {
  const first = new AbortController();
  const second = new AbortController();
  let askedAt = 0;
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const abort = (): void => {
    if (!first.signal.aborted) askedAt = performance.now();
    first.abort();
  };
  const onSignal = (): void => {
    if (first.signal.aborted && performance.now() - askedAt >= SAME_REQUEST_MS) second.abort();
    abort();
  };
  for (const name of names) process.on(name, onSignal);
  const stopListening = onReaderGone(abort);
  return {
    signal: first.signal,
    again: second.signal,
    dispose() {
      for (const name of names) process.off(name, onSignal);
      stopListening();
    },
  };
}
