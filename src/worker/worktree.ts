import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { foreignWorktree, noBase, oddBranch, worktreeNotMade, worktreeUnfinished } from '../errors/worker.ts';
import { type GitOptions, git } from '../repository/git.ts';
import { isOwn, noteOwn } from '../repository/own-worktrees.ts';
import {
  BEING_ADDED,
  commitOf,
  listWorktrees,
  type Registered,
  type Worktree,
  worktreeOf,
} from '../repository/worktrees.ts';
import { refOf } from './branch.ts';

/*
 * The worktree of an item. One that a worker has made is used as it is, or brought back to the branch; without it one
 * is made. Nothing is ever forced or deleted, and nothing is done in a worktree that no worker has made: whatever is
 * in the way may be somebody's work.
 */

/** Longest time in which git fills a worktree, in milliseconds: the checkout of a large repository. */
const ADD_MAX_MS = 300_000;
/** How long another git may be in the way, or a worktree be filled by somebody else, in milliseconds. */
const IN_THE_WAY_MAX_MS = 20_000;
const LOOK_EVERY_MS = 100;
/** What git says when another git holds a lock that it needs. */
const LOCKED = /\.lock'?: File exists|could not lock|cannot lock|unable to (?:lock|create '[^']*\.lock')/i;

export interface WorktreePlace {
  commonDir: string;
  branch: string;
  /** What the branch begins at if it does not exist. */
  base: string;
  /** Absolute path of a new worktree. */
  path: string;
  /** Where the worktrees are noted that workers have made for the item. */
  folder: string;
  /** Root of the main worktree; absent in a bare repository. */
  root?: string | undefined;
}

/** What git has for an item. */
export interface Known extends Registered {
  /** A worker has made it. */
  isOwn: boolean;
}

/**
 * The worktree of a branch, which is made if there is none; the branch too.
 *
 * Rejects with a PawError that says what is in the way, or the reason of the signal
 */
export async function ensureWorktree(place: WorktreePlace, options: GitOptions): Promise<Worktree> {
  const { branch } = place;
  if (branch.startsWith('-')) throw oddBranch(branch);
  const deadline = performance.now() + IN_THE_WAY_MAX_MS;
  for (;;) {
    options.signal?.throwIfAborted();
    const known = await knownWorktree(place, options);
    if (known && !known.isOwn) throw foreignWorktree(branch, known.worktree.path, known.state);
    if (known?.state === 'there' && known.worktree.branch === branch) return known.worktree;
    const isLate = performance.now() >= deadline;
    if (known?.state === 'unfinished') {
      if (isLate) throw worktreeUnfinished(known.worktree.path);
    } else {
      const said = await step(known, place, options);
      if (said !== undefined && (isLate || !(LOCKED.test(said) || BEING_ADDED.test(said))))
        throw worktreeNotMade(place.path, said);
      if (said === undefined) continue;
    }
    await sleep(LOOK_EVERY_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
}

/**
 * What git has for an item: the worktree of its branch, else the one in the item's own folder if a worker has made it.
 *
 * Rejects with a PawError `environment` if git does not answer
 */
export async function knownWorktree(
  { commonDir, branch, path, folder, root }: WorktreePlace,
  options: GitOptions,
): Promise<Known | undefined> {
  const isMade = async (one: string): Promise<boolean> => !(await isSame(one, root)) && (await isOwn(folder, one));
  const ofBranch = await worktreeOf(commonDir, branch, options);
  if (ofBranch) return { ...ofBranch, isOwn: await isMade(ofBranch.worktree.path) };
  if (!existsSync(path) || !(await isMade(path))) return undefined;
  const real = await realpath(path);
  const worktree = (await listWorktrees(commonDir, options)).find((one) => one.path === real);
  return worktree && { worktree, state: 'there', isOwn: true };
}

async function isSame(path: string, other: string | undefined): Promise<boolean> {
  const real = (one: string): Promise<string> => realpath(one).catch(() => one);
  return other !== undefined && (await real(path)) === (await real(other));
}

/** One step towards the worktree. Undefined if it went well, else what git printed. */
function step(known: Registered | undefined, place: WorktreePlace, options: GitOptions): Promise<string | undefined> {
  if (known?.state === 'missing') return forget(place, known.worktree.path, options);
  return known ? bringBack(known.worktree.path, place, options) : add(place, options);
}

/** Checks the branch out where an agent has left another one, or none. Git refuses if that would lose a change. */
async function bringBack(
  folder: string,
  { branch, commonDir, base }: WorktreePlace,
  { env }: GitOptions,
): Promise<string | undefined> {
  const options = { env, timeoutMs: ADD_MAX_MS };
  const begin = await beginning(commonDir, branch, base, options);
  const what = begin === undefined ? [branch] : ['--no-track', '-b', branch, begin];
  const { code, stderr } = await git(folder, ['checkout', '--quiet', ...what, '--'], options);
  return code === 0 ? undefined : stderr;
}

/** Has git forget a worktree whose folder does not exist any more; git refuses if it does. */
async function forget({ commonDir }: WorktreePlace, path: string, options: GitOptions): Promise<string | undefined> {
  const { code, stderr } = await git(commonDir, ['worktree', 'remove', path], options);
  return code === 0 ? undefined : stderr;
}

/** Makes the worktree. It is not broken off: half a worktree helps nobody. */
async function add(place: WorktreePlace, { env }: GitOptions): Promise<string | undefined> {
  const { commonDir, branch, base, path, folder } = place;
  const options = { env, timeoutMs: ADD_MAX_MS };
  const begin = await beginning(commonDir, branch, base, options);
  const what = begin === undefined ? [path, branch] : ['--no-track', '-b', branch, path, begin];
  const wasThere = existsSync(path);
  const takeBack = await noteOwn(folder, path);
  const { code, stderr } = await git(commonDir, ['worktree', 'add', '--quiet', ...what], options);
  if (code === 0) return undefined;
  // A hook that fails leaves a worktree that is made.
  if (wasThere || !existsSync(path)) takeBack();
  return stderr;
}

/** What the branch is to begin at; undefined if it is there. */
async function beginning(
  commonDir: string,
  branch: string,
  base: string,
  options: GitOptions,
): Promise<string | undefined> {
  if ((await commitOf(commonDir, refOf(branch), options)) !== undefined) return undefined;
  const begin = await commitOf(commonDir, base, options);
  if (begin === undefined) throw noBase(base);
  return begin;
}
