import type { OverlapNote } from '../../protocol/answers.ts';
import type { Claimable, Conflict } from '../claims/claim-events.ts';
import { covers } from '../patterns/patterns.ts';
import { summaryOf } from '../roster/summary.ts';
import { declaredAbout } from './file-declarations.ts';
import { meetsPlans, overlapNotes, type View } from './forward-overlaps.ts';
import { type Sides, sidesOf } from './sides.ts';

/** The open conflicts of an agent that concern these things of its own, as answers show them. */
export function conflictNotes(
  view: View,
  agent: string,
  things: readonly Claimable[],
  as: 'claim' | 'intent',
): OverlapNote[] {
  const isMet = as === 'intent' || meetsPlans(view, agent, things);
  const isAbout = (path: string): boolean => things.some((one) => one.on === 'path' && covers(one.target, path));
  return [...(isMet ? overlapNotes(view, agent, things) : []), ...fileConflictNotes(view, agent, isAbout)];
}

/**
 * The open conflicts of an agent's worktree over files that `isAbout` picks, as answers to its calls show them:
 * one note for each other party and shape.
 */
export function fileConflictNotes(view: View, agent: string, isAbout: (path: string) => boolean): OverlapNote[] {
  const { state } = view;
  if (state.conflicts.size === 0) return [];
  const sides = sidesOf(state);
  const own = sides.byKey.get(sides.keyOf.get(agent) ?? '')?.members ?? [agent];
  const notes = new Map<string, OverlapNote>();
  for (const conflict of state.conflicts.values()) {
    const [path = ''] = conflict.paths;
    if (conflict.shape === 'forward' || !isAbout(path)) continue;
    for (const other of opposite(conflict, own)) {
      const key = `${conflict.shape} ${other}`;
      let note = notes.get(key);
      if (!note) {
        const doing = doingThere(view, sides, other, path) ?? summaryOf(state, other) ?? '';
        note = { with: other, shape: conflict.shape, paths: [], doing };
        notes.set(key, note);
      }
      if (note.paths.length < PATHS_SHOWN) note.paths.push(path);
    }
  }
  return [...notes.values()].sort((a, b) => (a.with < b.with ? -1 : 1));
}

/** What an agent has said of its claim or plan that holds a file. */
function doingThere(view: View, sides: Sides, agent: string, path: string): string | undefined {
  const own = declaredAbout(view, sides, path).filter((one) => one.agent === agent);
  return own.find(({ doing }) => doing !== undefined)?.doing;
}

/** Those a conflict is with, seen from one side: whoever holds what it changes, or changes what it holds. */
function opposite({ agents, violators }: Conflict, own: readonly string[]): string[] {
  if (!agents.some((id) => own.includes(id))) return [];
  const others = agents.filter((id) => !own.includes(id));
  if (!violators) return others;
  const isViolator = violators.some((id) => own.includes(id));
  return others.filter((id) => violators.includes(id) !== isViolator);
}

/** Most paths of one note. */
const PATHS_SHOWN = 20;
