import * as z from 'zod';
import { HOOK_EVENTS } from './hook-events.ts';
import { PATH_MAX_CHARS } from './limits.ts';

/** What a client's hook asks, without `hello`, and what it is answered. */

/** Fields a coordinator does not know are ignored: a hook may be newer than the coordinator that answers it. */
export const hookRequestSchema = z.object({
  protocol: z.int(),
  event: z.enum(HOOK_EVENTS),
  /** Absolute path of the worktree the client works in, links followed. */
  worktree: z.string().min(1),
  /** The client's own id of its session. */
  client_session: z.string().min(1).max(256).optional(),
  /** The hook ran for a subagent of the session: what it is told would not reach the session itself. */
  subagent: z.boolean().default(false),
  /** The client's tool that is about to run, or has run. */
  tool: z.string().max(256).optional(),
  /** The file the tool is to change, relative to the root of its worktree; absent if it is not in this repository. */
  path: z.string().min(1).max(PATH_MAX_CHARS).optional(),
  /** The session goes on only because a hook of this event said so before. */
  stop_hook_active: z.boolean().default(false),
  /** `doctor` asks whether hooks get through: nothing follows from it, and the answer is empty. */
  probe: z.boolean().default(false),
});
export type HookRequest = z.infer<typeof hookRequestSchema>;
export type HookRequestInput = z.input<typeof hookRequestSchema>;

/** Empty if there is nothing to say. */
export interface HookAnswer {
  /** To be put before the model. */
  context?: string;
  /** The tool must not run, and why. */
  deny?: string;
  /** The session must not stop yet, and why. */
  block?: string;
  /** Number of the mail in `context` or `block`: to be confirmed with `shown` once it has been handed on. */
  batch?: number;
}

/** The params of `shown`. */
export const shownSchema = z.object({ batch: z.int().min(1) });
