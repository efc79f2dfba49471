import type { BlockedBy, ClaimAnswer } from '../../protocol/answers.ts';
import { conflictNotes } from '../conflicts/conflict-notes.ts';
import type { View } from '../conflicts/forward-overlaps.ts';
import { secondsBetween } from '../time.ts';
import { claimsAgainst } from './blockers.ts';
import type { Claim, Wait } from './claim-events.ts';
import { claimNote } from './claim-messages.ts';
import { claimed } from './claim-view.ts';
import type { Wish } from './grants.ts';
import { thingsOverlap } from './things.ts';

/** The answer to a request whose claims are these now. */
export function grantedAnswer(view: View, agent: string, claims: readonly Claim[]): ClaimAnswer {
  const things = claims.map((claim) => claim.thing);
  const conflicts = conflictNotes(view, agent, things, 'claim');
  return {
    granted: true,
    claims: claims.map(claimNote),
    expires_in_seconds: Math.min(...claims.map((claim) => claim.ttl)),
    ...(conflicts.length === 0 ? {} : { conflicts }),
  };
}

/** Everything that stands against a request: claims first, then earlier requests. */
export function refusedAnswer(
  view: View,
  agent: string,
  wish: Pick<Wish, 'things' | 'mode'>,
  ahead: readonly Wait[],
  queued: boolean,
): ClaimAnswer {
  const { state, now } = view;
  const claims = claimsAgainst(state, { agent, ...wish }, BLOCKERS_SHOWN).map((claim): BlockedBy => {
    const ends = state.volatile.leases.claims.get(claim.id)?.ends;
    return {
      ...claimed(claim.thing),
      holder: claim.holder,
      ...(claim.reason === undefined ? {} : { reason: claim.reason }),
      expires_in_seconds: ends === undefined ? claim.ttl : secondsBetween(now.mono, ends),
      ...(claim.mode === 'shared' ? { mode: 'shared' } : {}),
    };
  });
  const waits = ahead.slice(0, BLOCKERS_SHOWN).flatMap((wait): BlockedBy[] => {
    const thing = wait.things.find((one) => wish.things.some((other) => thingsOverlap(one, other)));
    if (!thing) return [];
    return [
      {
        ...claimed(thing),
        holder: wait.agent,
        ...(wait.reason === undefined ? {} : { reason: wait.reason }),
        ...(wait.mode === 'shared' ? { mode: 'shared' } : {}),
        waiting: true,
      },
    ];
  });
  return {
    granted: false,
    blocked_by: [...claims, ...waits].slice(0, BLOCKERS_SHOWN),
    ...(queued ? { queue_position: ahead.length + 1 } : {}),
  };
}

/** Most entries of `blocked_by`. */
const BLOCKERS_SHOWN = 50;
