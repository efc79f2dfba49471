import { cannotLook } from '../errors/watch.ts';
import { type GitOptions, git } from '../repository/git.ts';

/** What `git status` says of a worktree. Paths are relative to its root, `/` between segments. */
export interface Status {
  /** The commit that is checked out; absent while the branch has none. */
  head?: string;
  /** The branch that is checked out; absent on a detached HEAD. */
  branch?: string;
  /** Uncommitted files, sorted; of a rename both names, of a submodule or nested repository its folder. */
  files: string[];
  /** Ignored files, and folders (with `/` at the end) that are ignored as a whole. Only if asked for. */
  ignored: string[];
}

/** How long git may take over the files of one worktree, in milliseconds. */
const STATUS_TIMEOUT_MS = 60_000;
/** Fields before the path in the lines that begin with these characters. */
const FIELDS_BEFORE_PATH = { '1': 8, u: 10 };

export interface StatusQuestion {
  /** Whether to find out what is ignored too. */
  ignored: boolean;
  /** Asks of these alone, and of what is below them; of everything if not given. */
  paths?: readonly string[];
}

/** @throws PawError `environment` if git gives no answer; the error of Node if git could not be run */
export async function readStatus(
  worktree: string,
  { ignored, paths }: StatusQuestion,
  options: GitOptions,
): Promise<Status> {
  const args = ['status', '-z', '--porcelain=v2', '--branch', '--no-ahead-behind', '--untracked-files=all'];
  // A rename then is a file that went and one that came: both names, without comparing contents.
  args.push('--no-renames', ...(ignored ? ['--ignored=matching'] : []));
  if (paths !== undefined) {
    // For a few files git would start as many threads as for all of them.
    args.unshift('--literal-pathspecs', '-c', 'core.preloadIndex=false');
    args.push('--', ...paths);
  }
  const answer = await git(worktree, args, { ...options, timeoutMs: STATUS_TIMEOUT_MS });
  if (answer.code !== 0) throw cannotLook(worktree, 'which files have changed', answer.stderr);
  return parse(answer.stdout);
}

function parse(output: string): Status {
  const status: Status = { files: [], ignored: [] };
  for (const line of output.split('\0')) {
    const [kind, key, value] = line.split(' ', 3);
    if (kind === '1' || kind === 'u') status.files.push(afterSpaces(line, FIELDS_BEFORE_PATH[kind]));
    // Only a repository inside the worktree is listed as a folder.
    else if (kind === '?') status.files.push(line.slice(2).replace(/\/$/, ''));
    else if (kind === '!') status.ignored.push(line.slice(2));
    else if (key === 'branch.oid' && value !== undefined && value !== '(initial)') status.head = value;
    else if (key === 'branch.head' && value !== undefined && value !== '(detached)') status.branch = value;
  }
  // A file that was removed from the index and is there all the same has two lines.
  return { ...status, files: [...new Set(status.files)].sort() };
}

function afterSpaces(line: string, count: number): string {
  let start = 0;
  for (let spaces = 0; spaces < count; spaces += 1) start = line.indexOf(' ', start) + 1;
  return line.slice(start);
}
