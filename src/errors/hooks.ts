import { PawError } from './paw-error.ts';
import { quote, quoteName, visibleJson } from './quote.ts';

/** What hooks of clients say no to, and errors of their commands. */

/** Parts of a file that are named. */
const PARTS_NAMED = 5;

/** A claim of somebody else that stands against an edit. */
export interface EditObstacle {
  /** What is claimed, as `status` shows it. */
  claimed: string;
  holder: string;
  reason?: string;
  expiresInSeconds: number;
}

/** A file to be changed lies inside an exclusive claim of another worktree. */
export function editClaimed(path: string, { claimed, holder, reason, expiresInSeconds }: EditObstacle): PawError {
  const file = quoteName(path);
  const what = claimed === path ? file : `${file} lies in ${quoteName(claimed)}, which`;
  const why = reason === undefined ? '' : ` for ${quote(reason)}`;
  const wait = visibleJson({ paths: [path], wait_seconds: 50 });
  const ask = visibleJson({ type: 'question', to: holder, text: '…' });
  return new PawError(
    'refused',
    `Not edited: ${what} is claimed by ${holder}${why} (${spanOf(expiresInSeconds)} left). Work on something else meanwhile, wait for it with claim ${wait}, or ask the holder with publish ${ask}. Edit it once claim has granted it to you.`,
  );
}

/** Parts of a file to be changed are claimed by other worktrees, and the editor has claimed none. */
export function partsClaimed(path: string, obstacles: readonly EditObstacle[]): PawError {
  const parts = obstacles.slice(0, PARTS_NAMED).map(({ claimed, holder, reason, expiresInSeconds }) => {
    const why = reason === undefined ? '' : ` for ${quote(reason)}`;
    return `${quoteName(claimed)} by ${holder}${why} (${spanOf(expiresInSeconds)} left)`;
  });
  const more = obstacles.length > parts.length ? ` and ${obstacles.length - parts.length} more` : '';
  const own = visibleJson({ paths: [`${path}#function:NAME`] });
  return new PawError(
    'refused',
    `Not edited: parts of ${quoteName(path)} are claimed: ${parts.join(', ')}${more}. Claim the part that you want to change first, such as claim ${own} or with #L10-L30, and keep to it; edit once claim has granted it to you.`,
  );
}

/** The command was given no event it knows. Never exit code 2: a client takes that for a refusal. */
export function unknownHookEvent(given: string, events: readonly string[]): PawError {
  return new PawError('invalid', `hook: "${given}" is no event of a hook. Events: ${events.join(', ')}.`);
}

/** Settings of the client that hold something else where hooks belong. */
export function settingsOddlyShaped(key: string, wanted: string): PawError {
  return new PawError(
    'invalid',
    `The settings hold something else than ${wanted} under "${key}", so no hook can be added there. Correct that key, or remove it, and run this again; nothing was changed.`,
  );
}

function spanOf(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
