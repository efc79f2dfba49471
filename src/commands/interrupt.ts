import process from 'node:process';
import { onReaderGone } from './exit.ts';

/** Whether this process is asked to end. */
export interface Interrupt {
  signal: AbortSignal;
  /** Gives the process signals back to their default. */
  dispose(): void;
}

/** Takes signals, and a closed stdout, as a request to end, so that what is open can be closed first. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const abort = (): void => controller.abort();
  for (const name of names) process.on(name, abort);
  const stopListening = onReaderGone(abort);
  return {
    signal: controller.signal,
    dispose() {
      for (const name of names) process.off(name, abort);
      stopListening();
    },
  };
}
