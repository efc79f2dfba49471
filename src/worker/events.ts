import type { Stage } from '../protocol/work.ts';

/** What a worker tells of itself. `slot` counts from 1. */
export type WorkerEvent =
  | { kind: 'ready'; command: readonly string[]; slots: number }
  | { kind: 'started'; slot: number; id: string; title: string; worktree: string }
  /** One line of what the command prints. */
  | { kind: 'output'; slot: number; id: string; line: string }
  | DoneEvent
  | FailedEvent
  /** The item is free again, and nothing was counted. */
  | { kind: 'stopped'; slot: number; id: string }
  /** Somebody else decides about the item now. */
  | { kind: 'lost'; slot: number; id: string }
  /** The coordinator could not be told how the run ended. It frees the item by itself. */
  | { kind: 'untold'; slot: number; id: string; how: string }
  /** It was to end when nothing is left to do, and there was nothing at all. */
  | { kind: 'idle' }
  /** Something is wrong that may pass, or that the user can put right while the worker goes on. */
  | { kind: 'problem'; message: string };

export interface DoneEvent {
  kind: 'done';
  slot: number;
  id: string;
  commits: number;
  /** Where the item is now. */
  stage: Stage;
  /** Files with changes that nobody committed. */
  uncommitted: readonly string[];
  /** The work of an earlier run that could not tell of it. */
  found: boolean;
}

export interface FailedEvent {
  kind: 'failed';
  slot: number;
  id: string;
  reason: string;
  attempts: number;
  maxAttempts: number;
  isBlocked: boolean;
}

export type Tell = (event: WorkerEvent) => void;
