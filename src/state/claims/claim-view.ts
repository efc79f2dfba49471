import type { StatusAnswer } from '../../protocol/answers.ts';
import { describeTarget } from '../patterns/regions.ts';
import type { State } from '../state.ts';
import { iso, type Now, SECOND_MS, secondsBetween } from '../time.ts';
import { waitsAgainst } from './blockers.ts';
import type { Claimable, Wait } from './claim-events.ts';

type Row = NonNullable<StatusAnswer['claims']>[number];

/** Live claims as `status` lists them, by what they are on; `full` shows the whole record. */
export function claimRows(state: State, now: Now, full: boolean): Row[] {
  return [...state.claims.values()]
    .map((claim): Row => {
      const ends = state.volatile.leases.claims.get(claim.id)?.ends ?? now.mono + claim.ttl * SECOND_MS;
      const { holder: agent, thing, mode } = claim;
      const waits = waitsAgainst(state, { agent, things: [thing], mode });
      return {
        ...claimed(claim.thing),
        holder: claim.holder,
        ...(claim.reason === undefined ? {} : { reason: claim.reason }),
        expires_in_seconds: secondsBetween(now.mono, ends),
        ...(full || claim.mode === 'shared' ? { mode: claim.mode } : {}),
        ...(full
          ? { fence: claim.fence, granted_at: claim.granted_at, expires_at: iso(now.wall + ends - now.mono) }
          : {}),
        ...(waits.size === 0 ? {} : { waiting: inOrder(state, waits) }),
      };
    })
    .sort((a, b) => (shownKey(a) < shownKey(b) ? -1 : 1));
}

/** What a claim is on, as answers name it. */
export function claimed(thing: Claimable): { path?: string; name?: string; work?: string } {
  switch (thing.on) {
    case 'path':
      return { path: describeTarget(thing.target) };
    case 'name':
      return { name: thing.name };
    case 'work':
      return { work: thing.item };
  }
}

/** The agents of some requests, each once, first come first. */
function inOrder(state: State, waits: ReadonlySet<Wait>): string[] {
  const agents = [...state.waits.values()].filter((wait) => waits.has(wait)).map((wait) => wait.agent);
  return [...new Set(agents)];
}

function shownKey(row: Row): string {
  return row.path ?? row.name ?? row.work ?? '';
}
