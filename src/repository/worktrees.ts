import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gitFailed } from '../errors/session.ts';
import { type GitOptions, git } from './git.ts';
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
      return worktree === undefined || (isLocked(lines) && (await isAway(worktree)))
        ? []
        : [await withRebase(worktree)];
    }),
  );
  return found.flat();
}

/** Root of the main worktree; undefined in a bare repository, which has none. */
export async function mainWorktree(commonDir: string, options: GitOptions): Promise<string | undefined> {
  const [first] = await listEntries(commonDir, options);
  return first && parse(first)?.path;
}

/** Full name of a commit or branch tip; undefined if the repository has none of that name. */
export async function commitOf(commonDir: string, name: string, options: GitOptions): Promise<string | undefined> {
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
  const separated = await git(commonDir, [...asked, '-z'], options);
  // git before 2.36 knows no -z; its paths then must not hold line breaks.
  const known = separated.code !== USAGE_ERROR;
  const answer = known ? separated : await git(commonDir, asked, options);
  if (answer.code !== 0) throw gitFailed(commonDir, answer.stderr.trim(), undefined);
  const end = known ? '\0' : '\n';
  return answer.stdout.split(end + end).map((entry) => entry.split(end));
}

function parse(lines: readonly string[]): Worktree | undefined {
  const field = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const path = field('worktree');
  const gone = lines.some((line) => line === 'prunable' || line.startsWith('prunable '));
  if (path === undefined || gone || lines.includes('bare')) return undefined;
  const head = field('HEAD');
  const branch = field('branch')?.replace(/^refs\/heads\//, '');
  return {
    path: resolve(path),
    ...(branch === undefined ? {} : { branch }),
    ...(head === undefined || NO_COMMIT.test(head) ? {} : { head }),
  };
}

function isLocked(lines: readonly string[]): boolean {
  return lines.some((line) => line === 'locked' || line.startsWith('locked '));
}

/** A worktree is locked while `git worktree add` fills it, or because its folder may be away for a while. */
async function isAway({ path, head }: Worktree): Promise<boolean> {
  return !existsSync(path) || (head !== undefined && !existsSync(join(await gitDirOf(path), 'index')));
}

async function withRebase(worktree: Worktree): Promise<Worktree> {
  if (worktree.branch !== undefined) return worktree;
  const rebase = await rebaseIn(await gitDirOf(worktree.path));
  return rebase === undefined ? worktree : { ...worktree, ...rebase, rebasing: true };
}
