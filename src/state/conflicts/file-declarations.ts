import type { Region } from '../../protocol/targets.ts';
import type { Verdict } from '../claims/claim-events.ts';
import { indexOf } from '../claims/claim-index.ts';
import { covers } from '../patterns/patterns.ts';
import { regionsIntersect } from '../patterns/regions.ts';
import { fileThing } from './file-index.ts';
import type { View } from './forward-overlaps.ts';
import type { Sides } from './sides.ts';

/** A claim or plan that a file lies in. */
export interface Declared {
  agent: string;
  /** The key of the agent's side. */
  side: string;
  as: 'exclusive' | 'shared' | 'intent';
  /** The part of the file meant; undefined for all of it. */
  region: Region | undefined;
  /** What its agent says it does there. */
  doing: string | undefined;
}

/** Everything declared about one file. */
export function declaredAbout({ state, now }: View, sides: Sides, path: string): Declared[] {
  if (state.claims.size === 0 && state.intents.size === 0) return [];
  const declared: Declared[] = [];
  const index = indexOf(state);
  const file = fileThing(path);
  index.claims.overlapping(file, (id, thing) => {
    const claim = state.claims.get(id);
    if (!claim || thing.on !== 'path' || !covers(thing.target, path)) return;
    const { holder: agent, mode, reason: doing } = claim;
    declared.push({ agent, side: keyOf(sides, agent), as: mode, region: thing.target.region, doing });
  });
  index.intents.overlapping(file, (agent, thing) => {
    const intent = state.intents.get(agent);
    if (!intent || intent.ends_at <= now.wall || thing.on !== 'path' || !covers(thing.target, path)) return;
    const { summary: doing } = intent;
    declared.push({ agent, side: keyOf(sides, agent), as: 'intent', region: thing.target.region, doing });
  });
  return declared;
}

/**
 * Whether the sides have said that they change parts of a file that do not meet. Whoever has said nothing, or has
 * declared the whole file too, may change anything in it.
 */
export function judge(sides: readonly string[], declared: readonly Declared[]): { verdict: Verdict; cross: boolean } {
  if (declared.length < sides.length) return { verdict: 'true', cross: false };
  const parts = sides.map((side) => partsOf(side, declared));
  let cross = false;
  let exact = false;
  for (const [at, own] of parts.entries()) {
    if (!own) return { verdict: 'true', cross: false };
    for (const other of parts.slice(0, at))
      for (const one of own)
        for (const another of other ?? []) {
          const meeting = regionsIntersect(one, another);
          if (!meeting) continue;
          if (meeting.cross) cross = true;
          else exact = true;
        }
  }
  return { verdict: cross || exact ? 'true' : 'additive', cross: cross && !exact };
}

/** Undefined if a side has declared nothing, or the whole file. */
function partsOf(side: string, declared: readonly Declared[]): Region[] | undefined {
  const parts: Region[] = [];
  for (const { region } of declared.filter((one) => one.side === side)) {
    if (!region) return undefined;
    parts.push(region);
  }
  return parts.length === 0 ? undefined : parts;
}

function keyOf(sides: Sides, agent: string): string {
  return sides.keyOf.get(agent) ?? agent;
}
