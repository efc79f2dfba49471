import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PawError } from '../errors/paw-error.ts';
import { cloneUnusable } from '../errors/supervisor.ts';
import type { Ended, Job } from '../processes/contained.ts';

/*
 * The gate's own clone. It borrows the objects of the repository, so it costs no more than a checkout, and it stays
 * between runs with everything that git ignores: installed dependencies and caches. It is no worktree of the
 * repository: whatever the gate does there, no agent sees.
 */

/** Longest time of one git command, in milliseconds: the first checkout of a large repository. */
const GIT_MAX_MS = 300_000;
/** What a git that was killed may have left behind. Nobody else works in the clone. */
const STALE_LOCKS = ['index.lock', 'HEAD.lock', 'packed-refs.lock'];
/** Settings of the user that must not take effect in the clone: hooks, and upkeep that goes on in the background. */
const GIT = ['git', '-c', 'core.hooksPath=/dev/null', '-c', 'gc.auto=0', '-c', 'maintenance.auto=false'];

export interface CloneOptions {
  /** The git common directory of the repository. */
  commonDir: string;
  /** Where the clone is to be. */
  clone: string;
  commit: string;
  /** Runs a program, contained. */
  run: (job: Pick<Job, 'program' | 'cwd' | 'timeoutMs'>) => Promise<Ended>;
}

/**
 * Brings the clone to a commit: detached, without changes, and without files that git neither knows nor ignores. A
 * clone that is not there, or not usable, is made anew.
 *
 * Rejects with a PawError that has git's own words, or with what `run` rejects with
 */
export async function checkOut(options: CloneOptions): Promise<void> {
  const { clone } = options;
  if (existsSync(join(clone, '.git')) && !(await update(options))) return;
  await rm(clone, { recursive: true, force: true });
  const problem = (await create(options)) ?? (await update(options));
  if (problem) throw problem;
}

function create(options: CloneOptions): Promise<PawError | undefined> {
  const { commonDir, clone } = options;
  return git(options, commonDir, 'clone', '--shared', '--no-checkout', '--template=', commonDir, clone);
}

/** What was in the way; undefined if the clone is as it is to be. */
async function update(options: CloneOptions): Promise<PawError | undefined> {
  const { clone, commit } = options;
  for (const lock of STALE_LOCKS) await rm(join(clone, '.git', lock), { force: true });
  // Its objects are there as soon as the repository has them; this brings branches and tags, which a gate may look at.
  const refs = '+refs/heads/*:refs/remotes/origin/*';
  return (
    (await git(options, clone, 'fetch', '--force', '--prune', '--tags', 'origin', refs)) ??
    (await git(options, clone, 'checkout', '--force', '--detach', commit)) ??
    // Twice -f: also what holds a repository of its own.
    (await git(options, clone, 'clean', '-ffd'))
  );
}

async function git(
  { clone, run }: CloneOptions,
  cwd: string,
  command: string,
  ...args: string[]
): Promise<PawError | undefined> {
  const program = [...GIT, command, '--quiet', ...args];
  const { code, output } = await run({ program, cwd, timeoutMs: GIT_MAX_MS });
  return code === 0 ? undefined : cloneUnusable(clone, `git ${command}`, output);
}
