import { editClaimed } from '../../errors/hooks.ts';
import type { PawError } from '../../errors/paw-error.ts';
import type { Claim } from '../claims/claim-events.ts';
import { sayThing } from '../claims/things.ts';
import type { State } from '../state.ts';
import type { Now } from '../time.ts';
import { claimAgainst, secondsLeft } from './path-guard.ts';

/** Who is about to change a file. */
export interface Editor {
  /** The worktree the editor belongs to: the claims of everybody in it count as its own. */
  home: string;
  agent: string | undefined;
  /** Relative to the repository's root. */
  path: string;
}

/**
 * What stands against an edit: the file lies in an exclusive claim of another worktree, and nobody of the editor's
 * own has a claim on it.
 */
export function editObstacle(state: State, now: Now, { home, agent, path }: Editor): PawError | undefined {
  const isOwn = ({ holder }: Claim): boolean => holder === agent || state.agents.get(holder)?.worktree === home;
  const claim = claimAgainst(state, path, isOwn);
  if (claim === undefined) return undefined;
  const { holder, reason, thing } = claim;
  return editClaimed(path, {
    claimed: sayThing(thing),
    holder,
    ...(reason === undefined ? {} : { reason }),
    expiresInSeconds: secondsLeft(state, now, claim),
  });
}
