import { isBlocked } from '../claims/blockers.ts';
import type { Claimable } from '../claims/claim-events.ts';
import { rivalsOf } from '../claims/queue-places.ts';
import { isOnline } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { unmet } from './dependencies.ts';
import { claimOn, heldInCurrent, type WorkItem } from './items.ts';

/** Which item comes next. The same state and asker always give the same answer. */

/** What is claimed by whoever takes an item. */
export function thingsOf(item: WorkItem): Claimable[] {
  return [{ on: 'work', item: item.id }, ...item.targets.map((target): Claimable => ({ on: 'path', target }))];
}

/** Whether nothing about an item itself keeps it from being taken. */
export function isReady(state: State, item: WorkItem): boolean {
  return item.stage === 'current' && !item.blocked && !claimOn(state, item) && unmet(state, item).length === 0;
}

/** Items that are ready, best first: what was sent back to `asker`, then by priority, then the oldest. */
export function readyItems(state: State, asker: string): WorkItem[] {
  const ready = [...state.items.values()].filter((item) => isReady(state, item));
  const ranks = new Map(ready.map((item) => [item, rank(state, item, asker)]));
  const rankOf = (item: WorkItem): number => ranks.get(item) ?? 1;
  return ready.sort((a, b) => rankOf(a) - rankOf(b) || b.priority - a.priority || a.number - b.number);
}

/** Whether there is an item that is ready and, as `isFree` says, free. Asked after every record while somebody waits. */
export function isAnyFree(state: State, isFree: (item: WorkItem) => boolean): boolean {
  for (const item of state.items.values()) if (isReady(state, item) && isFree(item)) return true;
  return false;
}

/** The best item whose paths are free too. `extra` is claimed with it. */
export function nextItem(state: State, asker: string, extra: readonly Claimable[] = []): WorkItem | undefined {
  return readyItems(state, asker).find((item) => isFree(state, asker, [...thingsOf(item), ...extra]));
}

/** Whether nobody holds any of these, or waits for it. */
export function isFree(state: State, agent: string, things: readonly Claimable[]): boolean {
  const wish = { things, mode: 'exclusive' as const, ttl: 0 };
  return !isBlocked(state, { agent, ...wish }) && rivalsOf(state, agent, wish).length === 0;
}

/** Why there is no item to be had, in a sentence for whoever asked. */
export function whyNone(state: State): string {
  const current = [...state.items.values()].filter((item) => item.stage === 'current');
  if (current.length === 0)
    return 'There is no work item in current. work {action: "list", stage: "backlog"} shows what is planned; advance moves one to current.';
  const count = (is: (item: WorkItem) => boolean): number => current.filter(is).length;
  const held = count((item) => claimOn(state, item) !== undefined);
  const blocked = count((item) => !claimOn(state, item) && item.blocked !== undefined);
  const waiting = count((item) => !claimOn(state, item) && !item.blocked && unmet(state, item).length > 0);
  const parts = [
    [held, 'held by others'],
    [blocked, 'blocked'],
    [waiting, 'waiting for items they depend on'],
    [current.length - held - blocked - waiting, 'about paths that others have claimed'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return `No work item is free: ${said.join(', ')}. Ask again with wait_seconds, or work {action: "list"} for the whole picture.`;
}

/**
 * What was sent back comes first for whoever made it, who knows it best; for others it comes last while that one is
 * here to take it, and neither has given it back nor works on another item.
 */
function rank(state: State, { rejected, lastHolder, givenBack }: WorkItem, asker: string): number {
  if (rejected === undefined || lastHolder === undefined || givenBack) return 1;
  if (lastHolder === asker) return 0;
  return isOnline(state, lastHolder) && !heldInCurrent(state, lastHolder) ? 2 : 1;
}
