import { statSync } from 'node:fs';
import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gitDirOf, type Worktree } from '../repository/worktrees.ts';
import { refOf } from './branch.ts';
import { isGitAtWorkIn } from './git-at-work.ts';

/** A lock that is there for this long belongs to no git that is just looking, in milliseconds. */
const SETTLE_MS = 1000;
/** How long to wait for a git that is at work in the worktree, in milliseconds; after that the locks are its own. */
const AT_WORK_MAX_MS = 5000;

/**
 * Takes away what a git that was killed has left locked: files of the branch and of the worktree that a worker has made
 * for it. To be called only when a run was ended there just before, and nothing of it is alive any more. While a git
 * is at work there, nothing is taken away.
 *
 * Rejects with the operating system's error, or the reason of the signal
 */
export async function removeStaleLocks(
  { commonDir, branch, worktree }: { commonDir: string; branch: string; worktree: Worktree | undefined },
  signal: AbortSignal,
): Promise<void> {
  const ofBranch = join(commonDir, `${refOf(branch)}.lock`);
  const locks = [ofBranch, ...(worktree === undefined ? [] : await locksIn(worktree.path))];
  const found = locks.map((lock) => ({ lock, made: whenMade(lock) })).filter(({ made }) => made !== undefined);
  if (found.length === 0) return;
  const folder = worktree && (await realpath(worktree.path));
  const deadline = performance.now() + AT_WORK_MAX_MS;
  do {
    if (performance.now() >= deadline) return;
    await sleep(SETTLE_MS, undefined, { signal });
  } while (folder !== undefined && (await isGitAtWorkIn(folder)));
  for (const { lock, made } of found) if (whenMade(lock) === made) await rm(lock, { force: true });
}

/** Tells one lock from the next of the same name; undefined if there is none. */
function whenMade(lock: string): number | undefined {
  return statSync(lock, { throwIfNoEntry: false })?.ctimeMs;
}

async function locksIn(worktree: string): Promise<string[]> {
  const folder = await gitDirOf(worktree);
  return (await readdir(folder)).filter((name) => name.endsWith('.lock')).map((name) => join(folder, name));
}
