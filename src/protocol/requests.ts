import * as z from 'zod';
import {
  CLAIM_TTL_DEFAULT_SECONDS,
  CLAIM_TTL_MAX_SECONDS,
  CLAIM_TTL_MIN_SECONDS,
  LEARNING_ID_MAX_CHARS,
  LEARNING_ID_MIN_CHARS,
  LEARNING_TITLE_MAX_CHARS,
  LEARNINGS_LIMIT_DEFAULT,
  LEARNINGS_LIMIT_MAX,
  PATHS_MAX,
  POLL_LIMIT_DEFAULT,
  POLL_LIMIT_MAX,
  SEQ_MAX,
  WAIT_MAX_SECONDS,
} from './limits.ts';
import { PUBLISH_TYPES } from './messages.ts';
import { publishSchema } from './publish.ts';
import { targetSchema } from './targets.ts';
import { itemIdSchema } from './work.ts';

/**
 * What is asked over the link. The agent side has folded the model's input and resolved paths against the
 * caller's own tree; the coordinator checks every request again with these schemas before it decides.
 */

const name = z.string().trim().min(1).max(256);
const words = z.string().trim().min(1).max(4096);
const agentRef = z.string().trim().min(1).max(1024);

/** Present on every call that changes or takes something: the same id from the same session is answered, not repeated. */
const idempotent = { call: z.string().min(1).max(64).optional() };
/** The short name of a subagent in whose name the call is made. */
const acting = { subagent: name.optional() };

/**
 * The first request on a connection. `kind` says who is at the other end: an MCP session of an agent, a
 * person's command, a client's hook, or a headless worker.
 */
export const helloSchema = z.object({
  protocol: z.int(),
  kind: z.enum(['agent', 'person', 'hook', 'worker']),
  /** Random, made by the process; the same after a reconnect. */
  session: z.string().min(8).max(64),
  pid: z.int().min(1),
  /** When that process started, as the operating system tells it; lets a reused pid be told apart. */
  pid_started: z.string().optional(),
  role: z.enum(['agent', 'supervisor']).default('agent'),
  /** An id chosen by the user (`--agent`), instead of the branch's. */
  agent: z.string().optional(),
  /** Absolute path of the worktree the process runs in. Absent in a bare repository. */
  worktree: z.string().optional(),
  /** Checked-out branch, or the one being rebased; absent on a detached HEAD. */
  branch: z.string().optional(),
  /** The MCP client's own name and version. */
  client: z.string().max(256).optional(),
  /** The client's own session id, by which a hook finds its connection. */
  client_session: z.string().max(256).optional(),
});
export type Hello = z.infer<typeof helloSchema>;
export type HelloInput = z.input<typeof helloSchema>;

export const publishRequestSchema = z.strictObject({
  input: publishSchema,
  /** The `files` of the input, resolved; absent where the type has none. */
  targets: z.array(targetSchema).max(PATHS_MAX).optional(),
  ...idempotent,
  ...acting,
});

export const pollRequestSchema = z.strictObject({
  wait_seconds: z.number().min(0).max(WAIT_MAX_SECONDS).default(0),
  limit: z.int().min(1).max(POLL_LIMIT_MAX).default(POLL_LIMIT_DEFAULT),
  since: z.int().min(0).max(SEQ_MAX).optional(),
  ...idempotent,
  ...acting,
});

export const claimRequestSchema = z.strictObject({
  targets: z.array(targetSchema).max(PATHS_MAX).default([]),
  names: z.array(name).max(PATHS_MAX).default([]),
  mode: z.enum(['exclusive', 'shared']).default('exclusive'),
  reason: words.optional(),
  ttl_seconds: z.int().min(CLAIM_TTL_MIN_SECONDS).max(CLAIM_TTL_MAX_SECONDS).default(CLAIM_TTL_DEFAULT_SECONDS),
  wait_seconds: z.number().min(0).max(WAIT_MAX_SECONDS).default(0),
  queue: z.boolean().default(false),
  /** A work item, and with it the paths it names. */
  work: itemIdSchema.optional(),
  /** The best work item that is free. */
  next: z.boolean().default(false),
  ...idempotent,
  ...acting,
});

export const releaseRequestSchema = z.strictObject({
  paths: z.array(z.string().min(1)).max(PATHS_MAX).default([]),
  names: z.array(name).max(PATHS_MAX).default([]),
  work: z.array(itemIdSchema).max(PATHS_MAX).default([]),
  all: z.boolean().default(false),
  /** The operator's: releases whoever holds it, and tells them. Refused from an agent. */
  force: z.boolean().default(false),
  ...idempotent,
  ...acting,
});

export const statusRequestSchema = z.strictObject({
  agent: agentRef.optional(),
  detail: z.enum(['summary', 'full']).default('summary'),
  ...acting,
});

export const learningsRequestSchema = z.strictObject({
  query: words.optional(),
  category: name.optional(),
  branch: name.optional(),
  paths: z.array(z.string().min(1)).max(PATHS_MAX).optional(),
  limit: z.int().min(1).max(LEARNINGS_LIMIT_MAX).default(LEARNINGS_LIMIT_DEFAULT),
  /** A record to keep instead of a search. */
  record: z
    .strictObject({
      category: name,
      title: z.string().trim().min(1).max(LEARNING_TITLE_MAX_CHARS),
      body: z.record(z.string(), z.unknown()).default({}),
      /** The title is the lesson, and the body only says more: two that differ in it are two lessons. */
      sentence: z.literal(true).optional(),
    })
    .optional(),
  ...idempotent,
  ...acting,
});

/** The learning to be forgotten: its id, or the beginning of it. */
export const forgetRequestSchema = z.strictObject({
  id: z.string().trim().toLowerCase().min(LEARNING_ID_MIN_CHARS).max(LEARNING_ID_MAX_CHARS),
});

/** A page of the log, oldest first: what came after `since`, or the newest `limit`. */
export const logRequestSchema = z.strictObject({
  since: z.int().min(0).max(SEQ_MAX).optional(),
  limit: z.int().min(1).max(500).default(50),
  type: z.enum(PUBLISH_TYPES).optional(),
  agent: agentRef.optional(),
});

/** One agent's mail as a person sees it; marks nothing. */
export const inboxRequestSchema = z.strictObject({
  agent: agentRef.optional(),
  limit: z.int().min(1).max(500).default(50),
});

/** Stops an agent, or with `all` everybody. For people only. */
export const pauseRequestSchema = z.strictObject({ agent: agentRef, reason: words });

/** Lets an agent go on, or with `all` everybody. For people only. */
export const resumeRequestSchema = z.strictObject({ agent: agentRef });

/** The `poll` with this idempotency id was cancelled; what it was handed is unread again. */
export const dropSchema = z.strictObject({ call: z.string().min(1).max(64) });

/** The batches with these numbers were read. */
export const ackSchema = z.strictObject({ batches: z.array(z.int().min(1)).min(1).max(1000) });

export const stopRequestSchema = z.strictObject({});

export type PublishRequest = z.infer<typeof publishRequestSchema>;
export type PollRequest = z.infer<typeof pollRequestSchema>;
export type ClaimRequest = z.infer<typeof claimRequestSchema>;
export type ReleaseRequest = z.infer<typeof releaseRequestSchema>;
export type StatusRequest = z.infer<typeof statusRequestSchema>;
export type LearningsRequest = z.infer<typeof learningsRequestSchema>;
export type ForgetRequest = z.infer<typeof forgetRequestSchema>;
export type LogRequest = z.infer<typeof logRequestSchema>;
export type PauseRequest = z.infer<typeof pauseRequestSchema>;
export type ResumeRequest = z.infer<typeof resumeRequestSchema>;
export type InboxRequest = z.infer<typeof inboxRequestSchema>;
