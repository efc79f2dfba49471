import * as z from 'zod';

/*
 * What the watching thread and the coordinator tell each other. A fact says what git says; what follows from it,
 * and whom it concerns, is decided elsewhere.
 */

/** Paths relative to the worktree's root, `/` between segments, sorted; at most `PATHS_MAX` of them. */
const files = z.array(z.string());
/** How many paths the list leaves out. */
const truncated = z.int().min(1).exactOptional();

const worktreeSchema = z.object({
  /** Absolute path. */
  path: z.string(),
  /** Checked-out branch, or the one being rebased; absent on a detached HEAD. */
  branch: z.string().exactOptional(),
  /** Tip of the branch, during a rebase the one before it; without a branch the commit that is checked out. */
  head: z.string().exactOptional(),
  rebasing: z.literal(true).exactOptional(),
});
/** A worktree as the watching thread tells it. */
export type WatchedWorktree = z.infer<typeof worktreeSchema>;

export const factSchema = z.discriminatedUnion('kind', [
  /** All worktrees: at first, and whenever one came, went, changed branch, or began or ended a rebase. */
  z.object({ kind: z.literal('worktrees'), worktrees: z.array(worktreeSchema) }),
  /** The uncommitted files of a worktree, whenever the list differs from the last one told (at first: from none). */
  z.object({ kind: z.literal('changed'), worktree: z.string(), files, truncated }),
  /** Uncommitted files that were written to since the last look, whether or not the list differs. */
  z.object({ kind: z.literal('touched'), worktree: z.string(), files }),
  /**
   * The tip of a checked-out branch has moved, however that was done, or was seen for the first time. `commits` are
   * new and not on the base branch, newest first, at most 50; `files` is the union of theirs, and after rewritten
   * history all that the branch changes. On the base branch itself, all new commits count.
   */
  z.object({
    kind: z.literal('moved'),
    worktree: z.string(),
    /** Absent for commits on a detached HEAD. */
    branch: z.string().exactOptional(),
    tip: z.string(),
    /** The tip before; absent if none was known. */
    from: z.string().exactOptional(),
    commits: z.array(z.string()),
    /** First lines of their messages, in the same order. */
    subjects: z.array(z.string()).exactOptional(),
    /** The files of each of them, in the same order; absent if that is too much to tell. */
    changes: z.array(files).exactOptional(),
    /** Files that the branch changes and that are not as base has them; absent without a base, or if too many. */
    differing: files.exactOptional(),
    /** How many commits the list leaves out. */
    more: z.int().min(1).exactOptional(),
    files,
    truncated,
    /** The tip before is no ancestor of this one. */
    rewritten: z.literal(true).exactOptional(),
    /**
     * There is nothing to announce: the worktree was there when watching began and its tip was not known, or it
     * came without work of its own.
     */
    firstSight: z.literal(true).exactOptional(),
  }),
  /** What the branch changes against its merge base with the base branch, whenever that list differs from the last. */
  z.object({ kind: z.literal('branchFiles'), worktree: z.string(), files, truncated }),
  /** How a worktree is watched: told once it is, and when that changes. */
  z.object({
    kind: z.literal('mode'),
    worktree: z.string(),
    how: z.enum(['events', 'polling']),
    why: z.string().exactOptional(),
  }),
  /** Something could not be looked at; it is tried again. Told once until it succeeds. */
  z.object({ kind: z.literal('problem'), worktree: z.string().exactOptional(), message: z.string() }),
  /** Everything that the look of this number found has been told. */
  z.object({ kind: z.literal('looked'), id: z.int() }),
  /** A defect: the thread lets go of everything and ends. */
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type Fact = z.infer<typeof factSchema>;
export type MovedFact = Extract<Fact, { kind: 'moved' }>;

const knownTipSchema = z.object({
  worktree: z.string(),
  /** Absent if HEAD was detached. */
  branch: z.string().exactOptional(),
  tip: z.string(),
});
/** The tip of a worktree that was last told of, in this or an earlier run of the coordinator. */
export type KnownTip = z.infer<typeof knownTipSchema>;

/** What the watching thread is started with. */
export const watchJobSchema = z.object({
  /** The git common directory, absolute and without links. */
  commonDir: z.string(),
  /** The base branch. */
  base: z.string(),
  known: z.array(knownTipSchema),
  /** The environment for git. */
  env: z.record(z.string(), z.string()),
});
export type WatchJob = z.infer<typeof watchJobSchema>;

/** What the coordinator tells the watching thread. */
export const watchOrderSchema = z.discriminatedUnion('kind', [
  /** The base branch is another one now. */
  z.object({ kind: z.literal('base'), branch: z.string() }),
  /** Look now, at one worktree or all; answered by `looked`. */
  z.object({ kind: z.literal('look'), id: z.int(), worktree: z.string().exactOptional() }),
  /** Stop watching, and end. */
  z.object({ kind: z.literal('stop') }),
]);
export type WatchOrder = z.infer<typeof watchOrderSchema>;
