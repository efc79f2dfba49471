import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { hookGitFailed } from '../errors/git-hooks.ts';
import { locate } from '../repository/locate.ts';
import { commitOf, headBranch } from '../repository/worktrees.ts';

/** What git knows of the commit or push it asks a hook about. */

/** How much git may print, in bytes: a list of some hundred thousand long paths. */
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;
/** What git leaves in its directory while it makes commits out of others. */
const UNDER_WAY = {
  MERGE_HEAD: 'merge',
  CHERRY_PICK_HEAD: 'cherry-pick',
  REVERT_HEAD: 'revert',
  'rebase-merge': 'rebase',
  'rebase-apply': 'rebase',
  sequencer: 'cherry-pick or revert',
};

/** Where a hook runs. */
export interface HookPlace {
  worktree: string;
  commonDir: string;
  /** The repository's main worktree: a person's. */
  isMain: boolean;
  /** The branch that is checked out; absent on a detached HEAD. */
  branch?: string;
  /** What git is in the middle of, such as `merge`. */
  underWay?: string;
}

export interface HookSurroundings {
  folder: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** Finds out where a hook runs; undefined outside of worktrees. Throws `PawError` if git does not answer. */
export async function hookPlace({ folder, env, signal }: HookSurroundings): Promise<HookPlace | undefined> {
  const { worktree, commonDir, gitDir } = await locate(folder, { env, signal });
  if (worktree === undefined) return undefined;
  const branch = await headBranch(worktree, { env, signal });
  const mark = Object.entries(UNDER_WAY).find(([name]) => existsSync(join(gitDir, name)));
  return {
    worktree,
    commonDir,
    isMain: realpathSync.native(gitDir) === commonDir,
    ...(branch !== undefined && { branch }),
    ...(mark !== undefined && { underWay: mark[1] }),
  };
}

/** Whether a branch of this name exists. */
export async function branchExists(name: string, { commonDir }: HookPlace, at: HookSurroundings): Promise<boolean> {
  return (await commitOf(commonDir, `refs/heads/${name}`, at)) !== undefined;
}

/**
 * The files that the commit being made changes, both names of one that is renamed. Read from the index that git names
 * in the hook's environment: `git commit -a` has one of its own.
 */
export function stagedPaths({ folder, env, signal }: HookSurroundings): Promise<string[]> {
  const args = ['-c', 'diff.relative=false', 'diff', '--cached', '--name-only', '--no-renames', '--no-ext-diff', '-z'];
  const options = { cwd: folder, env: { ...env, GIT_OPTIONAL_LOCKS: '0' }, maxBuffer: OUTPUT_MAX_BYTES, signal };
  return new Promise((resolve, reject) => {
    execFile('git', args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.split('\0').filter((path) => path !== ''));
      else reject(signal.aborted ? signal.reason : hookGitFailed(stderr.trim() || error.message));
    });
  });
}
