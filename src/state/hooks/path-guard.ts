import type { BlockedPath, GuardAnswer, GuardRequest } from '../../protocol/guard.ts';
import type { Claim } from '../claims/claim-events.ts';
import { indexOf } from '../claims/claim-index.ts';
import { sayThing } from '../claims/things.ts';
import { fileThing } from '../conflicts/file-index.ts';
import { covers } from '../patterns/patterns.ts';
import { isBound, resolveWorktree } from '../roster/identity.ts';
import { distinctSlug, slug } from '../roster/slug.ts';
import type { State } from '../state.ts';
import { isSupervisors } from '../supervision/guard.ts';
import { type Now, secondsBetween } from '../time.ts';
import type { Transaction } from '../transaction.ts';

/**
 * What stands against a commit in a worktree: files in exclusive claims of other worktrees, and a branch that is not
 * that of the agent who works there. The claims of everybody in the worktree count as its own.
 */
export function guard(tx: Transaction, { worktree, branch, paths }: GuardRequest): GuardAnswer {
  const { state, now, config } = tx;
  const isOwn = ({ holder }: Claim): boolean => state.agents.get(holder)?.worktree === worktree;
  const blocked = paths.flatMap((path): BlockedPath[] => {
    const claim = claimAgainst(state, path, isOwn);
    if (claim === undefined) return [];
    const { holder, reason, thing } = claim;
    const why = reason === undefined ? {} : { reason };
    return [{ path, claimed: sayThing(thing), holder, ...why, expires_in_seconds: secondsLeft(state, now, claim) }];
  });
  const supervised = isSupervisors(tx, worktree);
  const agent = branch === undefined || supervised ? undefined : strayFrom(state, worktree, branch);
  return {
    blocked,
    ...(agent === undefined ? {} : { agent }),
    branch: config.guard.branch,
    push: supervised ? 'off' : config.guard.push,
  };
}

/**
 * The exclusive claim of somebody else that a file lies in, if nobody to whom `isOwn` applies has a claim on it. A
 * claim on a part of the file leaves the rest to everybody, and which lines will change is not known here.
 */
export function claimAgainst(state: State, path: string, isOwn: (claim: Claim) => boolean): Claim | undefined {
  const claims = claimsOn(state, path);
  if (claims.some(isOwn)) return undefined;
  return claims.find(({ mode, thing }) => mode === 'exclusive' && thing.on === 'path' && !thing.target.region);
}

/** How long a claim still holds if nothing renews it, in seconds. */
export function secondsLeft(state: State, now: Now, { id, ttl }: Claim): number {
  const ends = state.volatile.leases.claims.get(id)?.ends;
  return ends === undefined ? ttl : secondsBetween(now.mono, ends);
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

/** The agent at work in a worktree whose branch is not one it is named for. Nobody there: nobody strays. */
function strayFrom(state: State, worktree: string, branch: string): GuardAnswer['agent'] {
  const agent = resolveWorktree(state, worktree);
  if (agent?.origin !== 'branch') return undefined;
  const isNamedFor = (name: string): boolean => [slug(name), distinctSlug(name)].includes(agent.id);
  if (!isBound(state, agent.id) || isNamedFor(branch)) return undefined;
  const known = agent.branch === undefined ? agent.aliases : [agent.branch, ...agent.aliases];
  const branches = known.filter(isNamedFor);
  return branches.length === 0 ? undefined : { id: agent.id, branches };
}
