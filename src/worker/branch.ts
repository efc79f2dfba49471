import { gitSilent } from '../errors/worker.ts';
import { type GitOptions, git } from '../repository/git.ts';
import { commitOf, type Worktree } from '../repository/worktrees.ts';

/** What git says of an item's branch and its worktree. */
export interface BranchFacts {
  /** Full name of the newest commit; absent if there is no such branch. */
  tip?: string;
  /** Commits that the base does not have. */
  ahead: number;
  /** Files with changes that nobody committed, new ones too. */
  uncommitted: string[];
  /** The worktree has this branch checked out, and no rebase under way. */
  isSettled: boolean;
}

/** Longest time of a look at a large worktree, in milliseconds. */
const LOOK_MAX_MS = 120_000;
/** Length of the two letters and the space before a path. */
const STATUS_LENGTH = 3;

/**
 * Looks at a branch, and at its worktree if there is one.
 *
 * @throws PawError `environment` if git does not answer
 */
export async function lookAtBranch(
  { commonDir, branch, base, worktree }: { commonDir: string; branch: string; base: string; worktree?: Worktree },
  options: GitOptions,
): Promise<BranchFacts> {
  const patient = { ...options, timeoutMs: LOOK_MAX_MS };
  const tip = await commitOf(commonDir, refOf(branch), patient);
  const from = await commitOf(commonDir, base, patient);
  return {
    ...(tip === undefined ? {} : { tip }),
    ahead: tip === undefined ? 0 : await countCommits(commonDir, from, tip, patient),
    uncommitted: worktree === undefined ? [] : await changesIn(worktree.path, patient),
    isSettled: worktree === undefined || (await isOn(worktree.path, branch, patient)),
  };
}

/** The full name of a branch, which git takes for nothing else. */
export function refOf(branch: string): string {
  return `refs/heads/${branch}`;
}

async function countCommits(
  commonDir: string,
  from: string | undefined,
  tip: string,
  options: GitOptions,
): Promise<number> {
  const range = from === undefined ? [tip] : [tip, `^${from}`];
  return Number(await asked(commonDir, ['rev-list', '--count', ...range], options));
}

async function changesIn(folder: string, options: GitOptions): Promise<string[]> {
  const listed = await asked(folder, ['status', '--porcelain', '-z', '--no-renames'], options);
  return listed
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => entry.slice(STATUS_LENGTH));
}

async function isOn(folder: string, branch: string, options: GitOptions): Promise<boolean> {
  const { stdout } = await git(folder, ['symbolic-ref', '--quiet', 'HEAD'], options);
  return stdout.trim() === refOf(branch);
}

async function asked(folder: string, args: readonly string[], options: GitOptions): Promise<string> {
  const { code, stdout, stderr } = await git(folder, args, options);
  if (code !== 0) throw gitSilent(args.slice(0, 2).join(' '), stderr);
  return stdout;
}
