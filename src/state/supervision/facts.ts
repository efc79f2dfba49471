/** What the watcher tells of worktrees. */

/** Files of a worktree, as git lists them: those with uncommitted changes, or those of its branch. */
export interface FilesFact {
  /** Absolute path of the worktree. */
  worktree: string;
  /** The first of them, repository-relative, sorted. */
  files: string[];
  /** How many more there are. */
  truncated?: number | undefined;
}

/** A move of the tip of a worktree's branch. */
export interface MoveFact {
  worktree: string;
  tip: string;
  /** New commits, newest first, and how many more. */
  commits: string[];
  more?: number | undefined;
  /** First lines of their messages, in the same order. */
  subjects?: string[] | undefined;
  /** The files of each of them, in the same order; absent if that is not known. */
  changes?: string[][] | undefined;
  /** Files that the branch changes and that are not as the base has them; absent if that is not known. */
  differing?: string[] | undefined;
  /** Files of the new commits that are not on the base. */
  files: string[];
  truncated?: number | undefined;
  /** The worktree was not known before, and its tip is not news. */
  firstSight?: boolean | undefined;
}
