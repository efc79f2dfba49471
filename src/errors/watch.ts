import { PawError } from './paw-error.ts';

/** Errors about what the coordinator sees by itself of worktrees and commits. */

/** git gave no usable answer about something that is watched. `detail` is what it said. */
export function cannotLook(folder: string, what: string, detail: unknown): PawError {
  const said = detail instanceof Error ? detail.message : String(detail);
  return new PawError(
    'environment',
    `git does not tell ${what} in ${folder}: ${said.trim()}. It will be asked again; see that \`git status\` works there.`,
    { cause: detail },
  );
}

/** The thread that watches has ended by itself, and another one takes its place. */
export function watcherRestarted(cause: unknown): PawError {
  return new PawError(
    'internal',
    `The thread that watches the worktrees ended (${text(cause)}) and was started again. Nothing is lost; if it happens often this is a defect.`,
    { cause },
  );
}

/** The thread that watches has ended again soon after it was restarted. */
export function watcherGaveUp(cause: unknown): PawError {
  return new PawError(
    'internal',
    `The thread that watches the worktrees ended again (${text(cause)}). Changed files and commits are not seen until the coordinator is restarted: \`paw-coordinator stop\`, then \`paw-coordinator start\`.`,
    { cause },
  );
}

/** What the system says when it watches nothing more, and which of its limits that is. */
const LIMITS: readonly (readonly [RegExp, string])[] = [
  [/ENOSPC|No space left on device/i, 'fs.inotify.max_user_watches'],
  [/EMFILE|Too many open files/i, 'fs.inotify.max_user_instances, or the number of open files (ulimit -n)'],
];

/** Why a folder is looked at from time to time instead of being watched. */
export function eventsUnavailable(cause: unknown): string {
  const said = text(cause);
  const limit = LIMITS.find(([sign]) => sign.test(said))?.[1];
  const remedy = limit === undefined ? '' : `; raise ${limit}, then restart the coordinator`;
  return `the system reports no changes there: ${said}${remedy}`;
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
