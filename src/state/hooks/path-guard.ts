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
    return claimsAgainst(state, path, isOwn).map((claim) => {
      const { holder, reason, thing } = claim;
      return {
        path,
        claimed: sayThing(thing),
        holder,
        ...(reason === undefined ? {} : { reason }),
        ...(isOnPart(claim) ? { part: true } : {}),
        expires_in_seconds: secondsLeft(state, now, claim),
      };
    });
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
 * The exclusive claims that stand against a change to a file, if nobody to whom `isOwn` applies has a claim on it: the
 * oldest one that it lies in, or else all on parts of it. Which lines will change is not known here: whoever holds a
 * part is taken to keep to it, and whoever holds none has to say first which one it wants.
 */
export function claimsAgainst(state: State, path: string, isOwn: (claim: Claim) => boolean): Claim[] {
  const claims = claimsOn(state, path);
  if (claims.some(isOwn)) return [];
  const exclusive = claims.filter(({ mode }) => mode === 'exclusive');
  const whole = exclusive.find((claim) => !isOnPart(claim));
  return whole === undefined ? exclusive : [whole];
}

/** Whether a claim is on a part of a file. */
export function isOnPart({ thing }: Claim): boolean {
  return thing.on === 'path' && thing.target.region !== undefined;
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
