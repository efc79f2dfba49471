import { statSync } from 'node:fs';
import { readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gitDirOf, type Worktree } from '../repository/worktrees.ts';
import { refOf } from './branch.ts';

/** A lock that is there for this long belongs to no git that is just looking, in milliseconds. */
const SETTLE_MS = 1000;
/** In the git directory that all worktrees share, only these belong to the main worktree alone. */
const OF_MAIN = ['index.lock', 'HEAD.lock'];

/**
 * Takes away what a git that was killed has left locked: files of the branch and of its own worktree. To be called
 * when nothing of an earlier run is alive any more.
 */
export async function removeStaleLocks(
  { commonDir, branch, worktree }: { commonDir: string; branch: string; worktree: Worktree | undefined },
  signal: AbortSignal,
): Promise<void> {
  const ofBranch = join(commonDir, `${refOf(branch)}.lock`);
  const locks = [ofBranch, ...(worktree === undefined ? [] : await locksIn(worktree.path, commonDir))];
  const found = locks.map((lock) => ({ lock, made: whenMade(lock) })).filter(({ made }) => made !== undefined);
  if (found.length === 0) return;
  await sleep(SETTLE_MS, undefined, { signal });
  for (const { lock, made } of found) if (whenMade(lock) === made) await rm(lock, { force: true });
}

/** Tells one lock from the next of the same name; undefined if there is none. */
function whenMade(lock: string): number | undefined {
  return statSync(lock, { throwIfNoEntry: false })?.ctimeMs;
}

async function locksIn(worktree: string, commonDir: string): Promise<string[]> {
  const folder = await gitDirOf(worktree);
  const isMain = (await realpath(folder)) === (await realpath(commonDir));
  const names = isMain ? OF_MAIN : (await readdir(folder)).filter((name) => name.endsWith('.lock'));
  return names.map((name) => join(folder, name));
}
