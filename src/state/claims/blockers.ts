import type { State } from '../state.ts';
import type { Claim, Claimable, Wait } from './claim-events.ts';
import { indexOf } from './claim-index.ts';
import { modesAgree } from './things.ts';

/** What stands against a request. A wide one can meet thousands of claims, so nothing here collects more than asked. */

/** What is asked for, and by whom. */
export type Asked = Pick<Wait, 'agent' | 'mode'> & { things: readonly Claimable[] };

/** Whether a claim of somebody else stands against a request. */
export function isBlocked(state: State, asked: Asked): boolean {
  return claimsAgainst(state, asked, 1).length > 0;
}

/** Claims of others that stand against a request, oldest grant first; of more than `most`, any that many. */
export function claimsAgainst(state: State, asked: Asked, most: number): Claim[] {
  const against = new Map<string, Claim>();
  eachAgainst(state, asked, isNot(asked.agent), (claim) => {
    against.set(claim.id, claim);
    return against.size >= most;
  });
  return byAge(against.values());
}

/** One claim of each agent that holds something that stands against a request, oldest grant first. */
export function oneOfEachHolder(state: State, asked: Asked): Claim[] {
  const found = new Map<string, Claim>();
  const isNew = (holder: string): boolean => holder !== asked.agent && !found.has(holder);
  eachAgainst(state, asked, isNew, (claim) => {
    found.set(claim.holder, claim);
    return false;
  });
  return byAge(found.values());
}

/** Who holds something that stands against a request in the queue, and what. Kept up with claims as they come and go. */
export function blockersOf(state: State, wait: Wait): ReadonlyMap<string, Claimable> {
  const { blockers } = indexOf(state);
  let known = blockers.get(wait.id);
  if (!known) {
    known = new Map();
    for (const { holder, thing } of oneOfEachHolder(state, wait)) known.set(holder, thing);
    blockers.set(wait.id, known);
  }
  const sure = new Map<string, Claimable>();
  for (const [holder, thing] of known) {
    const still = thing ?? oneOf(state, wait, holder)?.thing;
    if (still === undefined) known.delete(holder);
    else {
      known.set(holder, still);
      sure.set(holder, still);
    }
  }
  return sure;
}

/** Requests of others that meet a request and could not be granted beside it, in no order. */
export function waitsAgainst(state: State, { agent, things, mode }: Asked): Set<Wait> {
  const against = new Set<Wait>();
  if (state.waits.size === 0) return against;
  const { waits } = indexOf(state);
  for (const thing of things)
    waits.search(
      thing,
      (id) => {
        const wait = state.waits.get(id);
        if (wait && !modesAgree(wait.mode, mode)) against.add(wait);
        return false;
      },
      isNot(agent),
    );
  return against;
}

/** A claim of `holder` that stands against a request. */
function oneOf(state: State, asked: Asked, holder: string): Claim | undefined {
  let found: Claim | undefined;
  eachAgainst(
    state,
    asked,
    (other) => other === holder,
    (claim) => {
      found = claim;
      return true;
    },
  );
  return found;
}

/** Calls `found` with claims that stand against a request until it returns true. */
function eachAgainst(
  state: State,
  { things, mode }: Asked,
  isWanted: (holder: string) => boolean,
  found: (claim: Claim) => boolean,
): void {
  const { claims } = indexOf(state);
  for (const thing of things) {
    const over = claims.search(
      thing,
      (id) => {
        const claim = state.claims.get(id);
        return claim !== undefined && !modesAgree(claim.mode, mode) && found(claim);
      },
      isWanted,
    );
    if (over) return;
  }
}

function isNot(agent: string): (other: string) => boolean {
  return (other) => other !== agent;
}

function byAge(claims: Iterable<Claim>): Claim[] {
  return [...claims].sort((a, b) => a.fence - b.fence);
}
