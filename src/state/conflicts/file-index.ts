import type { Claimable } from '../claims/claim-events.ts';
import { indexOf } from '../claims/claim-index.ts';
import { ThingIndex } from '../claims/thing-index.ts';
import type { Agent } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { type Side, type Sides, sidesOf } from './sides.ts';

/** The agents that have changed a file. */
export interface Changes {
  /** Those with uncommitted changes. */
  dirty: string[];
  /** Those with commits that the base does not have. */
  unmerged: string[];
}

/** Which files are changed by whom. */
export interface FileIndex {
  files: Map<string, Changes>;
  sides: Sides;
}

/**
 * Brings the index of a state up to date. It is made at the first use, and compares what agents state with what
 * they stated before, so that it costs what has changed. It belongs to the state's own map of agents: a state
 * read from a snapshot begins without one.
 *
 * @param ignore globs of files that never conflict
 * @returns the index, and the files about which something may be decided otherwise than at the last call: they
 * are changed by others, others have declared something about them, or other globs are ignored.
 */
export function refreshFiles(
  state: State,
  ignore: readonly string[],
): { index: FileIndex; touched: ReadonlySet<string> } {
  const touched = new Set<string>();
  let index = indexes.get(state.agents);
  if (!index) {
    index = { files: new Map(), sides: sidesOf(state), tree: new ThingIndex(), known: new Map(), ignore };
    indexes.set(state.agents, index);
    // What is on record may be over by now.
    for (const conflict of state.conflicts.values()) if (conflict.shape !== 'forward') addAll(touched, conflict.paths);
  }
  index.sides = sidesOf(state);
  takeIn(state, index, touched);
  for (const thing of indexOf(state).touched.splice(0)) index.tree.overlapping(thing, (path) => touched.add(path));
  if (index.ignore !== ignore) addAll(touched, index.files.keys());
  index.ignore = ignore;
  return { index, touched };
}

type Stated = Pick<Agent, 'files' | 'unmerged'> & { side: Side | undefined };

interface Kept extends FileIndex {
  /** The files, to be found by what is declared. Owner = path. */
  tree: ThingIndex;
  /** What each agent stated when it was last looked at. */
  known: Map<string, Stated>;
  ignore: readonly string[];
}

/** Follows what agents state, and where they live. */
function takeIn(state: State, index: Kept, touched: Set<string>): void {
  const { sides } = index;
  for (const agent of state.agents.values()) {
    const side = sides.byKey.get(sides.keyOf.get(agent.id) ?? '');
    const before = index.known.get(agent.id);
    const now: Stated = { files: agent.files, side, ...(agent.unmerged ? { unmerged: agent.unmerged } : {}) };
    index.known.set(agent.id, now);
    if (before?.files !== now.files) follow(index, agent.id, 'dirty', before?.files, now.files, touched);
    if (before?.unmerged !== now.unmerged) follow(index, agent.id, 'unmerged', before?.unmerged, now.unmerged, touched);
    if (before && (before.side?.key !== side?.key || before.side?.counts !== side?.counts)) {
      addAll(touched, now.files);
      addAll(touched, now.unmerged ?? []);
    }
  }
  if (index.known.size === state.agents.size) return;
  for (const [id, before] of index.known) {
    if (state.agents.has(id)) continue;
    follow(index, id, 'dirty', before.files, [], touched);
    follow(index, id, 'unmerged', before.unmerged, [], touched);
    index.known.delete(id);
  }
}

/** Follows one list of one agent. */
function follow(
  index: Kept,
  agent: string,
  list: keyof Changes,
  before: readonly string[] = [],
  after: readonly string[] = [],
  touched: Set<string>,
): void {
  const kept = new Set(after);
  const had = new Set(before);
  for (const path of had) {
    if (kept.has(path)) continue;
    touched.add(path);
    const changes = index.files.get(path);
    if (!changes) continue;
    changes[list] = changes[list].filter((id) => id !== agent);
    if (changes.dirty.length + changes.unmerged.length > 0) continue;
    index.files.delete(path);
    index.tree.remove(path, fileThing(path));
  }
  for (const path of kept) {
    if (had.has(path)) continue;
    touched.add(path);
    const changes = index.files.get(path);
    if (changes) changes[list] = [...changes[list], agent];
    else {
      index.files.set(path, { dirty: [], unmerged: [], [list]: [agent] });
      index.tree.add(path, fileThing(path));
    }
  }
}

/** A file as claims are about it. */
export function fileThing(path: string): Extract<Claimable, { on: 'path' }> {
  return { on: 'path', target: { path, file: true } };
}

function addAll(to: Set<string>, paths: Iterable<string>): void {
  for (const path of paths) to.add(path);
}

const indexes = new WeakMap<State['agents'], Kept>();
