import * as z from 'zod';
import type { LearningNote, LogAnswer, StatusAnswer } from './answers.ts';

/** Parts of the state that can be looked at as a whole, and followed. Looking marks nothing and renews nothing. */

export const VIEWS = ['status', 'claims', 'conflicts', 'learnings', 'log'] as const;
export type View = (typeof VIEWS)[number];

export const viewRequestSchema = z.strictObject({ view: z.enum(VIEWS) });
/** What is to be followed: the coordinator sends `changed` when an answer to that view would differ. */
export const subscribeSchema = viewRequestSchema;

/** The notification to a follower. */
export const CHANGED = 'changed';
export const changedSchema = z.object({
  /** Number of the newest message. */
  seq: z.int(),
  /** Which of the views that are followed. */
  views: z.array(z.enum(VIEWS)),
});
export type Changed = z.infer<typeof changedSchema>;

/** Entries of one list in a view; the rest is counted. */
export const VIEW_ENTRIES_MAX = 500;
/** Messages, and learnings, in their views: the newest. */
export const VIEW_NEWEST_MAX = 50;
/** UTF-8 bytes of the JSON of one list in a view; the first entry is always there. */
export const VIEW_LIST_MAX_BYTES = 128 * 1024;

/** What each view shows. `more` counts what did not fit. */
export interface ViewAnswers {
  /** The summary form of `status`. */
  status: Omit<StatusAnswer, 'inbox'>;
  /** Whole records, by what they are on. */
  claims: { claims: NonNullable<StatusAnswer['claims']>; more?: number };
  /** Whole records, oldest first; the newest are there. */
  conflicts: { conflicts: NonNullable<StatusAnswer['conflicts']>; more?: number };
  /** Newest first. */
  learnings: { learnings: LearningNote[]; more?: number };
  /** The newest messages as they are stored, oldest first. */
  log: LogAnswer;
}
export type ViewAnswer = ViewAnswers[View];
