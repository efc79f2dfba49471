import type { State } from '../state.ts';
import { noteChange } from './learning-changes.ts';

/** Something learned about this repository. */
export interface Learning {
  /** Of its content and the hour: the same thing learned twice within the hour is one record. */
  id: string;
  /** The how manyth of all that were ever recorded it is, from 1. */
  n: number;
  category: string;
  title: string;
  /** Any object; the files it is about are in `paths`. */
  body: Record<string, unknown>;
  /** The branch it is about, or was learned on. */
  branch_id?: string;
  /** Who recorded it. */
  agent_id: string;
  /** When it was first recorded: ISO-8601, UTC, milliseconds. */
  at: string;
  /** How often it was recorded. */
  count: number;
}

export type LearningEvent =
  /** A new record, or what has become of one with the same id. */
  | { kind: 'learned'; learning: Learning }
  | { kind: 'forgotten'; id: string }
  /** These stand in `.paw/learnings.md` as they are now. */
  | { kind: 'filed'; ids: string[] }
  /** Somebody has begun to wait for these paths. */
  | { kind: 'contended'; paths: string[] };

/** Paths whose waits are counted; the one counted for the longest time makes room. */
const CONTENDED_PATHS_MAX = 10_000;

export function applyLearningEvent(state: State, event: LearningEvent): void {
  switch (event.kind) {
    case 'learned':
      state.learnings.set(event.learning.id, event.learning);
      state.learned = Math.max(state.learned, event.learning.n);
      state.unfiled.add(event.learning.id);
      noteChange(state.learnings, event.learning.id);
      return;
    case 'forgotten':
      state.learnings.delete(event.id);
      state.unfiled.delete(event.id);
      noteChange(state.learnings, event.id);
      return;
    case 'filed':
      for (const id of event.ids) state.unfiled.delete(id);
      return;
    case 'contended':
      for (const path of event.paths) countWait(state, path);
      return;
  }
}

function countWait({ contention }: State, path: string): void {
  contention.set(path, (contention.get(path) ?? 0) + 1);
  if (contention.size <= CONTENDED_PATHS_MAX) return;
  for (const [oldest] of contention) {
    contention.delete(oldest);
    return;
  }
}
