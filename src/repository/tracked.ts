import { gitRefused } from '../errors/session.ts';
import { type GitAnswer, type GitOptions, git } from './git.ts';

/** Single files of a worktree as git has them. Names are relative to its root, with `/` between segments. */

/** A file that git tracks. */
export interface TrackedFile {
  name: string;
  /** Git was told to see no change in it: skip-worktree. */
  hidden: boolean;
}

/** What `git ls-files -v` writes before a file of which it sees no change, in either case. */
const HIDDEN = /^[Ss]$/;
/** Before a name, `git status` has two letters and a space. */
const STATE_CHARS = 3;

/** Those of the files that git tracks. Throws `PawError` `environment` if it does not answer. */
export async function trackedFiles(
  worktree: string,
  names: readonly string[],
  options: GitOptions,
): Promise<TrackedFile[]> {
  if (names.length === 0) return [];
  const { stdout } = await asked(worktree, ['ls-files', '-v', '-z', '--', ...names], options);
  return stdout.split('\0').flatMap((entry) => {
    const [tag = '', name] = [entry.slice(0, 1), entry.slice(2)];
    return name === '' ? [] : [{ name, hidden: HIDDEN.test(tag) }];
  });
}

/** Those of the tracked files in which git sees a change. Throws `PawError` `environment` if it does not answer. */
export async function changedFiles(worktree: string, names: readonly string[], options: GitOptions): Promise<string[]> {
  if (names.length === 0) return [];
  const args = ['status', '--porcelain', '-z', '--untracked-files=no', '--no-renames', '--', ...names];
  const { stdout } = await asked(worktree, args, options);
  return stdout.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.slice(STATE_CHARS)]));
}

/**
 * Has git see no change in tracked files of this worktree, or see them again.
 *
 * @throws PawError `environment` if git refuses, such as while another git changes the index
 */
export async function setHidden(
  worktree: string,
  names: readonly string[],
  hidden: boolean,
  options: GitOptions,
): Promise<void> {
  if (names.length === 0) return;
  const mark = hidden ? '--skip-worktree' : '--no-skip-worktree';
  await asked(worktree, ['update-index', mark, '--', ...names], options);
}

async function asked(worktree: string, args: readonly string[], options: GitOptions): Promise<GitAnswer> {
  const answer = await git(worktree, ['--literal-pathspecs', ...args], options);
  if (answer.code !== 0) throw gitRefused(worktree, answer.stderr.trim());
  return answer;
}
