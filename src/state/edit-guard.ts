import { editClaimed } from '../errors/hooks.ts';
import type { PawError } from '../errors/paw-error.ts';
import type { Claim } from './claim-events.ts';
import { indexOf } from './claim-index.ts';
import { fileThing } from './file-index.ts';
import { covers } from './patterns.ts';
import type { State } from './state.ts';
import { sayThing } from './things.ts';
import { type Now, secondsBetween } from './time.ts';

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
 * own has a claim on it. A claim on a part of the file leaves the rest to everybody, and which lines an edit will
 * change is not known here.
 */
export function editObstacle(state: State, now: Now, { home, agent, path }: Editor): PawError | undefined {
  const claims = claimsOn(state, path);
  const isOwn = ({ holder }: Claim): boolean => holder === agent || state.agents.get(holder)?.worktree === home;
  if (claims.some(isOwn)) return undefined;
  const [claim] = claims.filter(
    ({ mode, thing }) => mode === 'exclusive' && thing.on === 'path' && !thing.target.region,
  );
  if (claim === undefined) return undefined;
  const { holder, reason, ttl, thing } = claim;
  const ends = state.volatile.leases.claims.get(claim.id)?.ends;
  return editClaimed(path, {
    claimed: sayThing(thing),
    holder,
    ...(reason === undefined ? {} : { reason }),
    expiresInSeconds: ends === undefined ? ttl : secondsBetween(now.mono, ends),
  });
}

/** The live claims a file lies in, oldest grant first. */
function claimsOn(state: State, path: string): Claim[] {
  if (state.claims.size === 0) return [];
  const found = new Set<Claim>();
  indexOf(state).claims.overlapping(fileThing(path), (id, thing) => {
    const claim = state.claims.get(id);
    if (claim && thing.on === 'path' && covers(thing.target, path)) found.add(claim);
  });
  return [...found].sort((a, b) => a.fence - b.fence);
}
