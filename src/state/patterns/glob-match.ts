import { SLASH_CODE, takes } from './glob.ts';
import type { Glob } from './glob-steps.ts';

/**
 * Whether the glob matches `path` itself, or, if asked, some path below it.
 *
 * The sets of states that paths lead to are kept with the glob, so that a path costs one look-up a unit once
 * others like it have been matched: thousands of files are matched against the same few globs.
 */
export function globMatches(glob: Glob, path: string, orBelow = false): boolean {
  const walk = walkOf(glob);
  let place = walk.start;
  for (let index = 0; index < path.length; index += 1) {
    place = go(walk, place, path.charCodeAt(index));
    if (place.states.length === 0) return false;
  }
  // Every state can still accept, so being somewhere after the `/` is enough.
  return place.accepts || (orBelow && go(walk, place, SLASH_CODE).states.length > 0);
}

/** The states a beginning of a path leads to. */
interface Place {
  states: number[];
  accepts: boolean;
  next: Map<number, Place>;
}

interface Walk {
  glob: Glob;
  start: Place;
  /** By their states. */
  places: Map<string, Place>;
  /** How many ways from one place to another are kept. */
  ways: number;
}

function walkOf(glob: Glob): Walk {
  const known = walks.get(glob);
  if (known && known.ways < WAYS_MAX) return known;
  const places = new Map<string, Place>();
  const walk = { glob, start: placeOf(glob, places, [0]), places, ways: 0 };
  walks.set(glob, walk);
  return walk;
}

function go(walk: Walk, from: Place, code: number): Place {
  const known = from.next.get(code);
  if (known) return known;
  const after: number[] = [];
  for (const state of from.states) {
    const step = walk.glob[state];
    if (step?.test && takes(step.test, code)) after.push(...step.next);
  }
  const place = placeOf(walk.glob, walk.places, after);
  from.next.set(code, place);
  walk.ways += 1;
  return place;
}

/** The place of these states and all they lead to without taking a unit. */
function placeOf(glob: Glob, places: Map<string, Place>, from: readonly number[]): Place {
  const seen = new Set(from);
  for (const state of seen) {
    const step = glob[state];
    if (step && !step.test) for (const next of step.next) seen.add(next);
  }
  const states = [...seen].sort((a, b) => a - b);
  const key = states.join();
  const known = places.get(key);
  if (known) return known;
  const place = { states, accepts: seen.has(glob.length - 1), next: new Map() };
  places.set(key, place);
  return place;
}

const walks = new WeakMap<Glob, Walk>();
/** With more ways than this, what is kept of a glob is forgotten before the next path. */
const WAYS_MAX = 4000;
