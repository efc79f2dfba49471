import { slug } from '../roster/slug.ts';
import type { WorkItem } from './items.ts';

/** Longest slug of a title in the name of a branch, in characters. */
const SLUG_MAX_CHARS = 40;

/** The branch of an item: the one a worker made for it before, also if its title has changed since. */
export function branchOf(item: WorkItem): string {
  if (isMadeForItem(item)) return item.branch;
  const title = slug(item.title, SLUG_MAX_CHARS);
  return /[a-z0-9]/.test(item.title.toLowerCase()) ? `${prefixOf(item)}-${title}` : prefixOf(item);
}

/** Whether an item's branch has the name that workers give to it. */
export function isMadeForItem<I extends { id: string; branch?: string }>(item: I): item is I & { branch: string } {
  const prefix = prefixOf(item);
  return item.branch === prefix || item.branch?.startsWith(`${prefix}-`) === true;
}

function prefixOf({ id }: { id: string }): string {
  return `work/${id}`;
}
