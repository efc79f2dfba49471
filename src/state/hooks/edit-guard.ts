import { type EditObstacle, editClaimed, partsClaimed } from '../../errors/hooks.ts';
import type { PawError } from '../../errors/paw-error.ts';
import type { Claim } from '../claims/claim-events.ts';
import { sayThing } from '../claims/things.ts';
import type { State } from '../state.ts';
import type { Now } from '../time.ts';
import { claimsAgainst, isOnPart, secondsLeft } from './path-guard.ts';

/** Who is about to change a file. */
export interface Editor {
  /** The worktree the editor belongs to: the claims of everybody in it count as its own. */
  home: string;
  agent: string | undefined;
  /** Relative to the repository's root. */
  path: string;
}

/**
 * What stands against an edit: the file, or parts of it, lie in exclusive claims of other worktrees, and nobody of the
 * editor's own has a claim on it.
 */
export function editObstacle(state: State, now: Now, { home, agent, path }: Editor): PawError | undefined {
  const isOwn = ({ holder }: Claim): boolean => holder === agent || state.agents.get(holder)?.worktree === home;
  const claims = claimsAgainst(state, path, isOwn);
  const [first] = claims;
  if (first === undefined) return undefined;
  const obstacleOf = (claim: Claim): EditObstacle => ({
    claimed: sayThing(claim.thing),
    holder: claim.holder,
    ...(claim.reason === undefined ? {} : { reason: claim.reason }),
    expiresInSeconds: secondsLeft(state, now, claim),
  });
  return isOnPart(first) ? partsClaimed(path, claims.map(obstacleOf)) : editClaimed(path, obstacleOf(first));
}
