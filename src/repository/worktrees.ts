import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gitFailed } from '../errors/session.ts';
import { type GitAnswer, type GitOptions, git } from './git.ts';
import { rebaseIn } from './rebase.ts';

/** A worktree, by git's account. */
export interface Worktree {
  /** Absolute path. */
  path: string;
  /** Checked-out branch, or the one being rebased; absent on a detached HEAD. */
  branch?: string;
  /** Commit that is checked out; absent while the branch has none. */
  head?: string;
  /** A rebase is under way: the commit that is checked out is not the branch's. */
  rebasing?: true;
}

/** What git shows as the commit of a branch that has none. */
const NO_COMMIT = /^0+$/;
/** Git's exit code for an option it does not know. */
const USAGE_ERROR = 129;
/** What git says when it looks at a worktree that another git is half-way through registering. */
export const BEING_ADDED = /failed to read \S*worktrees\/.*commondir/;
/** That takes a moment; how often git is asked again, and with which pause, in milliseconds. */
const LIST_TRIES = 20;
const RETRY_MS = 20;

/**
 * The repository's worktrees that exist; one that is just being added only once its files are there.
 *
 * @throws PawError `environment` if git does not answer
 */
export async function listWorktrees(commonDir: string, options: GitOptions): Promise<Worktree[]> {
  const entries = await listEntries(commonDir, options);
  const found = await Promise.all(
    entries.map(async (lines) => {
      const worktree = parse(lines);
      return worktree === undefined || isGone(lines) || (isLocked(lines) && (await isAway(worktree)))
        ? []
        : [await withRebase(worktree)];
    }),
  );
  return found.flat();
}

/** What git has for a branch. */
export interface Registered {
  worktree: Worktree;
  /**
   * - `there`: its folder can be used.
   * - `unfinished`: it is being made, or that was broken off.
   * - `missing`: git knows of it, and its folder does not exist.
   */
  state: 'there' | 'unfinished' | 'missing';
}

/**
 * The worktree in which a branch is checked out or rebased; undefined if there is none.
 *
 * @throws PawError `environment` if git does not answer
 */
export async function worktreeOf(
  commonDir: string,
  branch: string,
  options: GitOptions,
): Promise<Registered | undefined> {
  for (const lines of await listEntries(commonDir, options)) {
    const worktree = parse(lines);
    if (worktree === undefined) continue;
    const isThere = existsSync(worktree.path);
    const known = isThere ? await withRebase(worktree) : worktree;
    if (known.branch !== branch) continue;
    if (!isThere) return { worktree: known, state: 'missing' };
    return { worktree: known, state: isLocked(lines) && (await isAway(known)) ? 'unfinished' : 'there' };
  }
  return undefined;
}

/** Root of the main worktree; undefined in a bare repository, which has none. */
export async function mainWorktree(commonDir: string, options: GitOptions): Promise<string | undefined> {
  const [first] = await listEntries(commonDir, options);
  return first && parse(first)?.path;
}

/** Full name of a commit or branch tip; undefined if the repository has none of that name. */
export async function commitOf(commonDir: string, name: string, options: GitOptions): Promise<string | undefined> {
  if (name.includes('\0')) return undefined;
  const answer = await git(
    commonDir,
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
    options,
  );
  const commit = answer.stdout.trim();
  return answer.code === 0 && commit !== '' ? commit : undefined;
}

/** The branch of the main worktree, or of a bare repository; undefined on a detached HEAD. */
export async function headBranch(commonDir: string, options: GitOptions): Promise<string | undefined> {
  const answer = await git(commonDir, ['symbolic-ref', '--quiet', '--short', 'HEAD'], options);
  const branch = answer.stdout.trim();
  return answer.code === 0 && branch !== '' ? branch : undefined;
}

/** The git directory of a worktree: of a linked one, its `.git` is a file that names it. */
export async function gitDirOf(worktree: string): Promise<string> {
  const dotGit = join(worktree, '.git');
  const text = await readFile(dotGit, 'utf8').catch(() => '');
  return text.startsWith('gitdir: ') ? resolve(worktree, text.slice('gitdir: '.length).trim()) : dotGit;
}

/** What git prints of each worktree, line by line; the main one comes first. */
async function listEntries(commonDir: string, options: GitOptions): Promise<string[][]> {
  const asked = ['worktree', 'list', '--porcelain'];
  const separated = await patient(commonDir, [...asked, '-z'], options);
  // git before 2.36 knows no -z; its paths then must not hold line breaks.
  const known = separated.code !== USAGE_ERROR;
  const answer = known ? separated : await patient(commonDir, asked, options);
  if (answer.code !== 0) throw gitFailed(commonDir, answer.stderr.trim(), undefined);
  const end = known ? '\0' : '\n';
  return answer.stdout.split(end + end).map((entry) => entry.split(end));
}

/** Asks again while another git is just adding a worktree. */
async function patient(commonDir: string, args: readonly string[], options: GitOptions): Promise<GitAnswer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await git(commonDir, args, options);
    if (answer.code === 0 || tries === LIST_TRIES || !BEING_ADDED.test(answer.stderr)) return answer;
    await sleep(RETRY_MS, undefined, options.signal ? { signal: options.signal } : {});
  }
}

function parse(lines: readonly string[]): Worktree | undefined {
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const path = field('worktree');
  if (path === undefined || lines.includes('bare')) return undefined;
  const head = field('HEAD');
  const branch = field('branch')?.replace(/^refs\/heads\//, '');
  return {
    path: resolve(path),
    ...(branch === undefined ? {} : { branch }),
    ...(head === undefined || NO_COMMIT.test(head) ? {} : { head }),
  };
}

function isGone(lines: readonly string[]): boolean {
  return lines.some((line) => line === 'prunable' || line.startsWith('prunable '));
}

function isLocked(lines: readonly string[]): boolean {
  return lines.some((line) => line === 'locked' || line.startsWith('locked '));
}

/**
 * A worktree is locked while `git worktree add` fills it, or because its folder may be away for a while. One that is
 * being filled has neither branch nor commit at first, and then no index.
 */
async function isAway({ path, branch, head }: Worktree): Promise<boolean> {
  if (!existsSync(path)) return true;
  if (head === undefined) return branch === undefined;
  return !existsSync(join(await gitDirOf(path), 'index'));
}

async function withRebase(worktree: Worktree): Promise<Worktree> {
  if (worktree.branch !== undefined) return worktree;
  const rebase = await rebaseIn(await gitDirOf(worktree.path));
  return rebase === undefined ? worktree : { ...worktree, ...rebase, rebasing: true };
}
