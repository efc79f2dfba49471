import type { PawError } from '../errors/paw-error.ts';
import { noRemote, noRemoteAtAll, pushFailed } from '../errors/worker.ts';
import { type Ended, type Job, runContained } from '../processes/contained.ts';
import { howEnded } from '../processes/how-ended.ts';
import { type GitOptions, git, gitEnvironment } from '../repository/git.ts';
import { refOf } from './branch.ts';

/** Longest time of a push, in milliseconds. */
const PUSH_MAX_MS = 300_000;
const SECOND_MS = 1000;

export interface Push {
  commonDir: string;
  branch: string;
  env: NodeJS.ProcessEnv;
  /** What is the same for everything that is run for an item. */
  contained: Pick<Job, 'folder' | 'signal' | 'hurry' | 'onOutput' | 'spared'>;
}

/**
 * Pushes a branch to the same name, never by force: to the remote it follows, else to `origin`, else to the only one.
 * Resolves with undefined, or with why it failed in git's words.
 *
 * Rejects as `runContained`
 */
export async function push({ commonDir, branch, env, contained }: Push): Promise<string | undefined> {
  const remote = await remoteFor(branch, commonDir, { env });
  if (remote === undefined) return noRemote(branch);
  const ref = refOf(branch);
  const ended: Ended = await runContained({
    program: ['git', 'push', '--set-upstream', '--', remote, `${ref}:${ref}`],
    cwd: commonDir,
    // A password that nobody can type fails at once.
    env: { ...gitEnvironment(env), GIT_TERMINAL_PROMPT: '0' },
    timeoutMs: PUSH_MAX_MS,
    ...contained,
  });
  return ended.code === 0 ? undefined : pushFailed(remote, howEnded(ended, PUSH_MAX_MS / SECOND_MS), ended.output);
}

/** What is wrong if a new branch could not be pushed anywhere. Rejects as `git`. */
export async function missingRemote(commonDir: string, options: GitOptions): Promise<PawError | undefined> {
  const remotes = await remotesOf(commonDir, options);
  return standardRemote(remotes) === undefined ? noRemoteAtAll(remotes) : undefined;
}

async function remoteFor(branch: string, commonDir: string, options: GitOptions): Promise<string | undefined> {
  const followed = await git(commonDir, ['config', '--get', `branch.${branch}.remote`], options);
  const remotes = await remotesOf(commonDir, options);
  const configured = followed.stdout.trim();
  // A branch that follows a local one has "." here.
  return remotes.includes(configured) ? configured : standardRemote(remotes);
}

async function remotesOf(commonDir: string, options: GitOptions): Promise<string[]> {
  const { stdout } = await git(commonDir, ['remote'], options);
  return stdout.split('\n').filter((name) => name !== '');
}

/** The remote of a branch that follows none. */
function standardRemote(remotes: readonly string[]): string | undefined {
  if (remotes.includes('origin')) return 'origin';
  return remotes.length === 1 ? remotes[0] : undefined;
}
