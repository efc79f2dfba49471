import * as z from 'zod';
import { PATH_MAX_CHARS, PATHS_MAX } from './limits.ts';

/** What a git hook asks, without `hello`, and what it is answered. */

/** What follows from a commit, or a push, that a guard objects to. */
export const GUARD_MODES = ['warn', 'block', 'off'] as const;
export type GuardMode = (typeof GUARD_MODES)[number];

/** Fields a coordinator does not know are ignored: a hook may be newer than the coordinator that answers it. */
export const guardRequestSchema = z.object({
  protocol: z.int(),
  /** Absolute path of the worktree, as git tells it. */
  worktree: z.string().min(1),
  /** What the branch checked out there is; absent on a detached HEAD. */
  branch: z.string().min(1).optional(),
  /** Files that a commit would change, from the root of the repository. */
  paths: z.array(z.string().min(1).max(PATH_MAX_CHARS)).max(PATHS_MAX).default([]),
});
export type GuardRequest = z.infer<typeof guardRequestSchema>;
export type GuardRequestInput = z.input<typeof guardRequestSchema>;

/** A file that lies in an exclusive claim of another worktree, or of which a part does. */
export interface BlockedPath {
  path: string;
  /** What is claimed, as `status` shows it. */
  claimed: string;
  holder: string;
  reason?: string;
  /** Only a part of the file is claimed. */
  part?: boolean;
  expires_in_seconds: number;
}

export interface GuardAnswer {
  /** In the order of `paths`; a file is there once for each of its parts. */
  blocked: BlockedPath[];
  /**
   * The agent that works in the worktree, if the branch is not the one it is named for, and the branches that are. One
   * of those may be what the branch was called before it was renamed: then it does not exist any more.
   */
  agent?: { id: string; branches: string[] };
  /** `guard.branch` of the configuration. */
  branch: GuardMode;
  /** Whether agents of this worktree may not push. */
  push: 'off' | 'block';
}
