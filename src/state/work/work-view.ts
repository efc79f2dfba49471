import { WORK_HISTORY_SHOWN } from '../../protocol/limits.ts';
import { STAGES, type Stage, type WorkItemView, type WorkRow } from '../../protocol/work.ts';
import { describeTarget } from '../patterns/regions.ts';
import type { State } from '../state.ts';
import { holderOf, type WorkItem } from './items.ts';

/** Items as answers show them. */

/** An item with everything but what only the rules need. */
export function itemView(state: State, item: WorkItem): WorkItemView {
  return {
    ...itemRow(state, item),
    body: item.body,
    ...(item.output === undefined ? {} : { output: item.output }),
    history: item.history.slice(-WORK_HISTORY_SHOWN),
  };
}

export function itemRow(state: State, item: WorkItem): WorkRow {
  const holder = holderOf(state, item);
  return {
    id: item.id,
    title: item.title,
    stage: item.stage,
    priority: item.priority,
    depends_on: item.depends_on,
    paths: item.targets.map(describeTarget),
    ...(holder === undefined ? {} : { holder }),
    ...(item.branch === undefined ? {} : { branch: item.branch }),
    attempts: item.attempts,
    ...(item.blocked === undefined ? {} : { blocked: item.blocked }),
  };
}

/** What somebody works on comes first in a list, and what is over last. */
const SHOWN: readonly Stage[] = ['current', 'qa', 'merge', 'backlog', 'done', 'archived'];

/** Items by stage, then the most important, then the oldest first. */
export function inOrder(items: readonly WorkItem[]): WorkItem[] {
  return [...items].sort(
    (a, b) => SHOWN.indexOf(a.stage) - SHOWN.indexOf(b.stage) || b.priority - a.priority || a.number - b.number,
  );
}

/** How many items there are in each stage that has some, without those that are archived. */
export function workCounts(state: State): Record<string, number> | undefined {
  const counts = new Map<Stage, number>();
  let blocked = 0;
  for (const item of state.items.values()) {
    counts.set(item.stage, (counts.get(item.stage) ?? 0) + 1);
    if (item.blocked !== undefined) blocked += 1;
  }
  counts.delete('archived');
  const listed = STAGES.flatMap((stage) => (counts.has(stage) ? [[stage, counts.get(stage) ?? 0] as const] : []));
  const said = [...listed, ...(blocked > 0 ? [['blocked', blocked] as const] : [])];
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
