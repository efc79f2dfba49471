import type { OverlapNote } from '../../protocol/answers.ts';
import type { Target } from '../../protocol/targets.ts';
import type { Claimable, Intent } from '../claims/claim-events.ts';
import { indexOf, intentThings } from '../claims/claim-index.ts';
import { keyOf } from '../claims/things.ts';
import { isIgnored } from '../patterns/ignored-files.ts';
import { covers } from '../patterns/patterns.ts';
import { type Meeting, regionsIntersect } from '../patterns/regions.ts';
import { summaryOf } from '../roster/summary.ts';
import type { Transaction } from '../transaction.ts';

/** What a question about the state needs. */
export type View = Pick<Transaction, 'state' | 'now' | 'config'>;

/** Everything two agents have both declared, as one of them sees it. */
export interface Overlap {
  /** Shared paths with their parts, each with the caller's own things it comes from. */
  paths: Map<string, Set<string>>;
  /** Every path was decided by caution only. */
  cross: boolean;
  /** What the caller and the other say they do there. */
  ownDoing: string | undefined;
  otherDoing: string | undefined;
  /** The declarations it rests on. */
  basis: Set<string>;
}

/**
 * What `agent` has in common with others, by agent: its intent with their intents and claims, its claims with
 * their intents. Two claims never overlap unless both are shared, which is no conflict.
 */
export function forwardOverlaps(view: View, agent: string): Map<string, Overlap> {
  const { state } = view;
  const found = new Map<string, Overlap>();
  if (state.intents.size === 0) return found;
  const index = indexOf(state);
  const declared = (intent: Intent): Side[] => {
    const basis = `intent ${intent.agent} ${intentThings(intent).map(keyOf).sort().join(' ')}`;
    return intentThings(intent).map((thing) => ({ thing, doing: intent.summary, basis }));
  };
  for (const intent of state.intents.values()) {
    if (!isLive(view, intent)) continue;
    for (const side of declared(intent)) {
      index.claims.overlapping(side.thing, (id, thing) => {
        const claim = state.claims.get(id);
        if (!claim || claim.holder === intent.agent) return;
        const held: Side = { thing, doing: claim.reason, basis: `claim ${claim.holder} ${keyOf(thing)}` };
        if (intent.agent === agent) add(view, found, claim.holder, side, held);
        else if (claim.holder === agent) add(view, found, intent.agent, held, side);
      });
      if (intent.agent !== agent) continue;
      const others = new Map<string, Claimable[]>();
      index.intents.overlapping(side.thing, (other, thing) => {
        if (other !== agent) others.set(other, [...(others.get(other) ?? []), thing]);
      });
      for (const [other, things] of others) {
        const theirs = state.intents.get(other);
        if (!theirs || !isLive(view, theirs)) continue;
        const [{ basis } = { basis: '' }] = declared(theirs);
        for (const thing of things) add(view, found, other, side, { thing, doing: theirs.summary, basis });
      }
    }
  }
  return found;
}

/** Whether somebody else plans to change any of these things. A claim that meets no plan changes no overlap. */
export function meetsPlans({ state }: View, agent: string, things: readonly Claimable[]): boolean {
  if (state.intents.size === 0) return false;
  const { intents } = indexOf(state);
  let meets = false;
  for (const thing of things)
    intents.overlapping(thing, (other) => {
      meets ||= other !== agent;
    });
  return meets;
}

/** The overlaps of `agent` that concern these things of its own, as answers show them. */
export function overlapNotes(view: View, agent: string, about: readonly Claimable[]): OverlapNote[] {
  const keys = about.map(keyOf);
  const notes: OverlapNote[] = [];
  for (const [other, overlap] of forwardOverlaps(view, agent)) {
    const paths = [...overlap.paths].filter(([, own]) => keys.some((key) => own.has(key))).map(([path]) => path);
    if (paths.length === 0) continue;
    notes.push({
      with: other,
      shape: 'forward',
      paths: paths.sort().slice(0, PATHS_SHOWN),
      doing: overlap.otherDoing ?? summaryOf(view.state, other) ?? '',
      ...(overlap.cross ? { cross_kind: true } : {}),
    });
  }
  return notes.sort((a, b) => (a.with < b.with ? -1 : 1));
}

/** Most paths of one overlap in records, messages and answers. */
export const PATHS_SHOWN = 50;

interface Side {
  thing: Claimable;
  doing: string | undefined;
  basis: string;
}

function isLive({ now }: View, intent: Intent): boolean {
  return intent.ends_at > now.wall;
}

function add(view: View, found: Map<string, Overlap>, other: string, own: Side, theirs: Side): void {
  if (own.thing.on !== 'path' || theirs.thing.on !== 'path') return;
  const shared = narrower(own.thing.target, theirs.thing.target);
  if (neverConflicts(view, shared)) return;
  const meeting = regionsIntersect(own.thing.target.region, theirs.thing.target.region);
  if (!meeting) return;
  const overlap = found.get(other) ?? start(own, theirs);
  found.set(other, overlap);
  const path = describe(shared, meeting);
  overlap.paths.set(path, (overlap.paths.get(path) ?? new Set()).add(keyOf(own.thing)));
  overlap.cross &&= meeting.cross;
  overlap.basis.add(own.basis).add(theirs.basis);
}

function start(own: Side, theirs: Side): Overlap {
  return { paths: new Map(), cross: true, ownDoing: own.doing, otherDoing: theirs.doing, basis: new Set() };
}

/** The target that says more about what two overlapping ones share; the same from both sides. */
function narrower(a: Target, b: Target): Target {
  const [first, second] = a.path < b.path ? [a, b] : [b, a];
  if (first.glob === undefined && second.glob !== undefined) return covers(second, first.path) ? first : second;
  if (second.glob === undefined && first.glob !== undefined) return covers(first, second.path) ? second : first;
  // The folder `.` holds everything, and is the shortest to write but for one-letter names.
  if (first.path === '.' || second.path === '.') return first.path === '.' ? second : first;
  return first.path.length >= second.path.length ? first : second;
}

function neverConflicts({ config }: View, shared: Target): boolean {
  if (shared.glob !== undefined) return config.conflict.ignore.includes(shared.glob);
  return isIgnored(config.conflict.ignore, shared.path);
}

function describe(shared: Target, { part }: Meeting): string {
  return part === '' ? shared.path : `${shared.path}#${part}`;
}
