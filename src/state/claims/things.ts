import { overlaps } from '../patterns/patterns.ts';
import { describeTarget, identityOfText, regionsIntersect, targetIdentity } from '../patterns/regions.ts';
import type { Claimable, ClaimMode } from './claim-events.ts';

/** Whether two things have something in common. */
export function thingsOverlap(a: Claimable, b: Claimable): boolean {
  if (a.on === 'path' && b.on === 'path')
    return regionsIntersect(a.target.region, b.target.region) !== false && overlaps(a.target, b.target);
  return a.on !== 'path' && keyOf(a) === keyOf(b);
}

/** Whether two agents can hold overlapping things at once. */
export function modesAgree(a: ClaimMode, b: ClaimMode): boolean {
  return a === 'shared' && b === 'shared';
}

/** Equal for equal things only. */
export function keyOf(thing: Claimable): string {
  switch (thing.on) {
    case 'path':
      return `path ${JSON.stringify([thing.target.glob ?? null, targetIdentity(thing.target), thing.target.region?.kind])}`;
    case 'name':
      return `name ${thing.name}`;
    case 'work':
      return `work ${thing.item}`;
  }
}

/** Whether a thing of this kind is what `word` names, as a request writes it. */
export function isNamed(thing: Claimable, on: Claimable['on'], word: string): boolean {
  if (thing.on !== on) return false;
  return thing.on === 'path' ? targetIdentity(thing.target) === identityOfText(word) : sayThing(thing) === word;
}

/** A thing as sentences and lists of released things name it. */
export function sayThing(thing: Claimable): string {
  switch (thing.on) {
    case 'path':
      return describeTarget(thing.target);
    case 'name':
      return thing.name;
    case 'work':
      return thing.item;
  }
}

/** Things as a sentence names them: the first few, and how many more there are. */
export function sayThings(things: readonly Claimable[]): string {
  const named = things.slice(0, THINGS_NAMED).map(sayThing).join(', ');
  return things.length > THINGS_NAMED ? `${named} and ${things.length - THINGS_NAMED} more` : named;
}

/** The things without repetitions, in order. */
export function distinct(things: readonly Claimable[]): Claimable[] {
  return [...new Map(things.map((thing) => [keyOf(thing), thing])).values()];
}

/** How many things a sentence names before it counts the rest. */
const THINGS_NAMED = 5;
