import type { State } from '../state.ts';
import type { WorkItem } from './items.ts';
import { FINISHED } from './stages.ts';

/** Items that `item` waits for, in the order in which it names them. One that was dropped after its time is done. */
export function unmet(state: State, item: WorkItem): string[] {
  return item.depends_on.filter((id) => {
    const other = state.items.get(id);
    return other !== undefined && !FINISHED.has(other.stage);
  });
}

/**
 * The circle that would close if the item `id` depended on `wanted`, from `id` back to it; undefined if there is
 * none.
 */
export function circle(state: State, id: string, wanted: readonly string[]): string[] | undefined {
  const from = new Map<string, string>();
  const open = [...wanted].reverse();
  for (const first of wanted) from.set(first, id);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === id) return wayBack(from, id);
    for (const next of state.items.get(at)?.depends_on ?? []) {
      if (from.has(next)) continue;
      from.set(next, at);
      open.push(next);
    }
  }
  return undefined;
}

function wayBack(from: ReadonlyMap<string, string>, id: string): string[] {
  const way = [id];
  for (let at = from.get(id); at !== undefined; at = at === id ? undefined : from.get(at)) way.unshift(at);
  return way;
}
