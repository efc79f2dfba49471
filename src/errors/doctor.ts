import { PawError } from './paw-error.ts';

/** Errors of `doctor`, and of its repair. */

/** The state belongs to a coordinator that runs. */
export function repairWhileRunning(pid: number): PawError {
  return new PawError(
    'refused',
    `Nothing was repaired: a coordinator is running (process ${pid}), and the state is its own. End it with \`paw-coordinator stop\`, keep agents from calling meanwhile, and run \`paw-coordinator doctor --repair\` again.`,
  );
}

/** The repaired state could not be written. */
export function repairFailed(copies: string, cause: unknown): PawError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new PawError(
    'storage',
    `The repair could not be finished: ${detail}. Nothing was removed; what was copied before is in ${copies}. Free some disk space or correct the disk, and run \`paw-coordinator doctor --repair\` again.`,
    { cause },
  );
}
