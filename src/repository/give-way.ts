import { setPriority } from 'node:os';

/** Nice value of threads that work in the background: a third of the share of one that answers calls. */
const BACKGROUND_NICE = 5;

/**
 * Has this thread, and the programs it starts, give way to threads that answer calls. Only Linux sets the priority of a
 * thread by itself; elsewhere nothing is done.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, BACKGROUND_NICE);
  } catch {
    // This system does not allow it, and nothing depends on it.
  }
}
