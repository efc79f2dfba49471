import type { View } from '../protocol/views.ts';
import type { StateEvent } from './records.ts';
import type { Agent } from './roster/roster.ts';

/** The views that answer differently after these events. Times that only pass change no view. */
export function viewsChangedBy(events: readonly StateEvent[]): Set<View> {
  return new Set(events.flatMap((event) => [...changedBy(event)]));
}

function changedBy(event: StateEvent): readonly View[] {
  if (event.kind === 'agent') return showsIn(event.set, event.unset) ? ['status'] : [];
  // What is told to nobody changes no count of unread mail.
  if (event.kind === 'message') return event.message.to.length > 0 ? ['log', 'status'] : ['log'];
  return CHANGED_BY[event.kind];
}

const CHANGED_BY: Record<Exclude<StateEvent['kind'], 'agent' | 'message'>, readonly View[]> = {
  delivered: ['status'],
  read: [],
  undelivered: ['status'],
  'handed-on': ['status'],
  'missed-told': [],
  retired: ['log', 'status'],
  'agent-left': ['status'],
  session: ['status'],
  'session-ended': ['status'],
  base: ['status'],
  opened: ['status'],
  closed: ['status'],
  paused: ['status'],
  resumed: ['status'],
  nudged: [],
  'nudge-settled': [],
  'gate-asked': [],
  'gate-closed': [],
  claimed: ['claims', 'status'],
  'claim-ended': ['claims', 'status'],
  waiting: ['claims', 'status'],
  'wait-ended': ['claims', 'status'],
  intended: [],
  'intent-covered': [],
  'intent-ended': [],
  conflict: ['conflicts', 'status'],
  'conflict-ended': ['conflicts', 'status'],
  work: ['status'],
  'work-dropped': ['status'],
  learned: ['learnings'],
  forgotten: ['learnings'],
  filed: [],
  contended: [],
  result: [],
};

/** What a row of the roster is made of. */
const SHOWN: ReadonlySet<string> = new Set<keyof Agent>([
  'role',
  'branch',
  'worktree',
  'head',
  'met',
  'client',
  'label',
  'text',
  'phase',
  'files',
  'truncated',
  'committedAt',
]);

function showsIn(set: object, unset: readonly string[] = []): boolean {
  return [...Object.keys(set), ...unset].some((key) => SHOWN.has(key));
}
