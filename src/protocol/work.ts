import * as z from 'zod';
import {
  CLAIM_TTL_DEFAULT_SECONDS,
  CLAIM_TTL_MAX_SECONDS,
  CLAIM_TTL_MIN_SECONDS,
  OUTPUT_KEPT_MAX_CHARS,
  PATHS_MAX,
  WAIT_MAX_SECONDS,
  WORK_BODY_MAX_CHARS,
  WORK_DEPENDS_MAX,
  WORK_ID_MAX_CHARS,
  WORK_PRIORITY_MAX,
  WORK_TITLE_MAX_CHARS,
} from './limits.ts';
import { targetSchema } from './targets.ts';

/** Work items: what is asked and answered about what is to be done. */

/** The stages of an item, in the order in which it passes through them. */
export const STAGES = ['backlog', 'current', 'qa', 'merge', 'done', 'archived'] as const;
export type Stage = (typeof STAGES)[number];

export const WORK_ACTIONS = ['list', 'show', 'add', 'update', 'advance', 'block', 'unblock'] as const;
export type WorkAction = (typeof WORK_ACTIONS)[number];

/** Idempotency id of a call that changes something. */
const call = z.string().min(1).max(64).optional();
/** An id as somebody wrote it; the rules find the item it means. */
export const itemIdSchema = z.string().trim().min(1).max(WORK_ID_MAX_CHARS);
const commit = z.string().regex(/^[0-9a-f]{7,64}$/i);

/** What is told of an item when it is added or changed. */
const described = {
  title: z
    .string()
    .trim()
    .min(1)
    .max(WORK_TITLE_MAX_CHARS)
    .transform((title) => title.replace(/\s+/g, ' '))
    .optional(),
  body: z.string().max(WORK_BODY_MAX_CHARS).optional(),
  priority: z.int().min(0).max(WORK_PRIORITY_MAX).optional(),
  depends_on: z.array(itemIdSchema).max(WORK_DEPENDS_MAX).optional(),
  /** The item's paths, resolved in the tree of whoever names them. */
  targets: z.array(targetSchema).max(PATHS_MAX).optional(),
};

export const workRequestSchema = z.strictObject({
  action: z.enum(WORK_ACTIONS),
  id: itemIdSchema.optional(),
  ...described,
  stage: z.enum(STAGES).optional(),
  /** Of a list: how many items to leave out at its beginning, for whoever reads all of it part by part. */
  skip: z.int().min(0).optional(),
  reason: z.string().trim().min(1).max(4096).optional(),
  call,
  subagent: z.string().trim().min(1).max(256).optional(),
});
export type WorkRequest = z.infer<typeof workRequestSchema>;

/** A headless worker asks for the next item. What it gets is claimed by the agent of the item's own branch. */
export const takeRequestSchema = z.strictObject({
  ttl_seconds: z.int().min(CLAIM_TTL_MIN_SECONDS).max(CLAIM_TTL_MAX_SECONDS).default(CLAIM_TTL_DEFAULT_SECONDS),
  /** How long to wait for an item, in seconds. */
  wait_seconds: z.number().min(0).max(WAIT_MAX_SECONDS).default(0),
  call,
});
export type TakeRequest = z.infer<typeof takeRequestSchema>;

/** A worker holds on to its item: renews the claim, and hears at once when it is lost. */
export const holdRequestSchema = z.strictObject({
  id: itemIdSchema,
  fence: z.int().min(1),
  /** How long to wait for the loss of the claim, in seconds. */
  wait_seconds: z.number().min(0).max(WAIT_MAX_SECONDS).default(0),
});
export type HoldRequest = z.infer<typeof holdRequestSchema>;

/** A worker says how its run of an item ended. Refused if its claim was lost meanwhile. */
export const finishRequestSchema = z.strictObject({
  id: itemIdSchema,
  fence: z.int().min(1),
  /**
   * - `done`: there are commits to be looked at; the item goes to `qa`.
   * - `failed`: counts as an attempt; the item is free again, or blocked after the last one.
   * - `stopped`: the worker ends; the item is free again, and nothing is counted.
   */
  outcome: z.enum(['done', 'failed', 'stopped']),
  /** Tip of the item's branch. */
  commit: commit.optional(),
  /** Why, in words that follow "The run ended:". */
  reason: z.string().trim().min(1).max(4096).optional(),
  /** With `failed`: there are commits that could not be pushed, so that the next run needs no work but that. */
  unpushed: z.boolean().optional(),
  /** The last of what the command printed. */
  output: z.string().max(OUTPUT_KEPT_MAX_CHARS).optional(),
  call,
});
export type FinishRequest = z.infer<typeof finishRequestSchema>;

/** One line of an item's history. */
export interface WorkEntry {
  /** ISO-8601, UTC. */
  at: string;
  event:
    | 'added'
    | 'updated'
    | 'claimed'
    | 'released'
    | 'expired'
    | 'reclaimed'
    | 'failed'
    | 'moved'
    | 'blocked'
    | 'unblocked';
  /** Who did it; `coordinator` for its own rules. */
  by: string;
  /** Whose claim began or ended. */
  holder?: string;
  from?: Stage;
  to?: Stage;
  commit?: string;
  reason?: string;
}

/** An item as lists show it. */
export interface WorkRow {
  id: string;
  title: string;
  stage: Stage;
  priority: number;
  depends_on: string[];
  paths: string[];
  /** Who holds it now. */
  holder?: string;
  /** Where it is or was worked on. */
  branch?: string;
  /** How often its holder vanished or its run failed. */
  attempts: number;
  blocked?: { reason: string; at: string };
}

/** An item with everything. */
export interface WorkItemView extends WorkRow {
  body: string;
  /** Oldest first; the newest entries if there are many. */
  history: WorkEntry[];
  /** The last of what the command of its last failed run printed. */
  output?: string;
}

export interface WorkAnswer {
  item?: WorkItemView;
  items?: WorkRow[];
  /** How many more items there are than `items` lists. */
  more?: number;
  /** What could not be done beside what was asked for. */
  note?: string;
  /** What became of the worktree of an item that was archived. */
  worktree?: { path: string; removed: boolean; why?: string };
  inbox?: { unread: number; urgent?: number };
}

/** What a worker is given to do. */
export interface Assignment {
  item: WorkItemView;
  /** The agent that holds the claims: that of `branch`. The worker connects as its keeper. */
  agent_id: string;
  fence: number;
  branch: string;
  /** What `branch` begins at if it does not exist. */
  base: string;
  /** Tip of `branch` when it was last sent back: it takes a newer commit to be looked at again. */
  rejected?: string;
  /** The last run never told how it ended, so there may be finished work on `branch`. */
  interrupted?: true;
  /** What the item was sent back with, newest feedback last. */
  feedback?: string[];
}

export interface TakeAnswer {
  assignment?: Assignment;
  /** How many items are in `current` and could still come to a worker: free ones, held ones, waiting ones. */
  open: number;
}

export interface HoldAnswer {
  held: boolean;
}

export interface FinishAnswer {
  item: WorkItemView;
}
