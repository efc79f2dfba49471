import type { Stage } from '../../protocol/work.ts';

/** Where an item can go from each stage; the first one is the next. */
export const MOVES: Readonly<Record<Stage, readonly [Stage, ...Stage[]]>> = {
  backlog: ['current'],
  current: ['qa', 'backlog'],
  qa: ['merge', 'current'],
  merge: ['done', 'current'],
  done: ['archived', 'current'],
  archived: ['backlog'],
};

/** Out of these only somebody who judges work moves an item, or the coordinator by its own rules. */
export const JUDGED: ReadonlySet<Stage> = new Set(['qa', 'merge']);

/** Stages in which there is nothing left to hold an item for. */
export const UNHELD: ReadonlySet<Stage> = new Set(['backlog', 'done', 'archived']);

/** Stages in which others may build on an item. */
export const FINISHED: ReadonlySet<Stage> = new Set(['done', 'archived']);
