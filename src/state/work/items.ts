import { WORK_HISTORY_MAX } from '../../protocol/limits.ts';
import type { Target } from '../../protocol/targets.ts';
import type { Stage, WorkEntry } from '../../protocol/work.ts';
import type { Claim } from '../claims/claim-events.ts';
import type { State } from '../state.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';

/** Something that is to be done. Who does it is known by a claim on it, so that all rules of claims hold for it. */
export interface WorkItem {
  id: string;
  /** Items are as old as this says. */
  number: number;
  title: string;
  /** When the title was last changed, in milliseconds of wall time. */
  titledAt?: number;
  body: string;
  stage: Stage;
  priority: number;
  depends_on: string[];
  /** What is claimed together with it. */
  targets: Target[];
  /** Id of the claim on it, while there is one. */
  claim?: string;
  /** Whether the one who holds it is a headless worker. */
  worker?: true;
  /** Whether that worker has connected for it, so that the end of its sessions means something. */
  kept?: true;
  /** Where it is or was worked on. */
  branch?: string;
  /** Who held it last, or holds it. */
  lastHolder?: string;
  /** That one has given it back while it was in current, and need not have it first. */
  givenBack?: true;
  attempts: number;
  blocked?: { reason: string; at: string };
  /** The newest commit made for it that was not sent back. */
  commit?: string;
  /** What its branch stood at when it was sent back, and with what. */
  rejected?: string;
  feedback?: string[];
  /** Its last run by a worker has never told how it ended. */
  interrupted?: true;
  /** The last of what a failed run printed. */
  output?: string;
  history: WorkEntry[];
}

export type WorkEvent =
  | {
      kind: 'work';
      id: string;
      set: Partial<Omit<WorkItem, 'id' | 'history'>>;
      unset?: (keyof WorkItem)[];
      /** What is added to its history. */
      entry?: WorkEntry;
    }
  | { kind: 'work-dropped'; ids: string[] };

export function applyWorkEvent(state: State, event: WorkEvent): void {
  if (event.kind === 'work-dropped') {
    for (const id of event.ids) state.items.delete(id);
    return;
  }
  const before = state.items.get(event.id) ?? newItem(event.id);
  const history = event.entry ? [...before.history, event.entry].slice(-WORK_HISTORY_MAX) : before.history;
  const after: WorkItem = { ...before, ...event.set, history };
  for (const key of event.unset ?? []) delete (after as Partial<WorkItem>)[key];
  state.items.set(event.id, after);
  state.itemsAdded = Math.max(state.itemsAdded, after.number);
}

/** A change of an item, and the line it leaves in the item's history. */
export interface Change {
  set?: Partial<Omit<WorkItem, 'id' | 'history'>>;
  unset?: (keyof WorkItem)[];
  entry?: Omit<WorkEntry, 'at'>;
}

export function change(tx: Transaction, id: string, { set = {}, unset, entry }: Change): void {
  tx.emit({
    kind: 'work',
    id,
    set,
    ...(unset === undefined || unset.length === 0 ? {} : { unset }),
    ...(entry === undefined ? {} : { entry: { at: iso(tx.now.wall), ...entry } }),
  });
}

/** The claim on an item, while somebody holds it. */
export function claimOn(state: State, item: WorkItem): Claim | undefined {
  return item.claim === undefined ? undefined : state.claims.get(item.claim);
}

/** Who holds an item now. */
export function holderOf(state: State, item: WorkItem): string | undefined {
  return claimOn(state, item)?.holder;
}

/** The item an agent holds in `current`: at most one, unless another one came back to it. */
export function heldInCurrent(state: State, agent: string): WorkItem | undefined {
  for (const item of state.items.values()) if (item.stage === 'current' && holderOf(state, item) === agent) return item;
  return undefined;
}

/** The item that a headless worker has an agent work on. */
export function runOf(state: State, agent: string): WorkItem | undefined {
  for (const item of state.items.values()) if (item.worker && holderOf(state, item) === agent) return item;
  return undefined;
}

function newItem(id: string): WorkItem {
  return {
    id,
    number: 0,
    title: '',
    body: '',
    stage: 'backlog',
    priority: 0,
    depends_on: [],
    targets: [],
    attempts: 0,
    history: [],
  };
}
