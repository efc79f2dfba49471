import type { Learning } from './learning-events.ts';

type Learnings = ReadonlyMap<string, Learning>;

/** For each set of learnings, what the indexes over it have still to look at. They go with the set. */
const watchers = new WeakMap<Learnings, Set<string>[]>();

/** Ids of the learnings that were recorded, changed or forgotten since the caller took them out of this set; all at first. */
export function watchChanges(all: Learnings): Set<string> {
  const pending = new Set(all.keys());
  watchers.set(all, [...(watchers.get(all) ?? []), pending]);
  return pending;
}

/** Has the indexes look at a learning again. */
export function noteChange(all: Learnings, id: string): void {
  for (const pending of watchers.get(all) ?? []) pending.add(id);
}
