import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gitFailed, gitNotFound, notARepository } from '../errors/session.ts';
import { errorCode } from './error-code.ts';
import { type GitAnswer, git } from './git.ts';

/** Where a folder lies, by git's account. Paths are absolute. */
export interface RepositoryPlace {
  /** The same for all worktrees of a repository, with links followed: what a repository is known by. */
  commonDir: string;
  /** The worktree's own part of the repository: HEAD, index, a rebase under way. */
  gitDir: string;
  /** Root of the worktree. Absent in a bare repository and inside a `.git` folder. */
  worktree?: string;
}

interface LocateOptions {
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/**
 * Finds the repository of a folder. If the folder is in none, the one of `CLAUDE_PROJECT_DIR` is taken, which
 * Claude Code sets for servers that it starts elsewhere.
 *
 * @throws PawError `environment` if there is no repository, no git, or git does not answer
 */
export async function locate(folder: string, options: LocateOptions): Promise<RepositoryPlace> {
  const found = await lookIn(folder, options);
  if (found !== undefined) return found;
  const project = options.env.CLAUDE_PROJECT_DIR?.trim() ?? '';
  const second = project === '' ? undefined : await lookIn(project, options);
  if (second === undefined) throw notARepository(folder);
  return second;
}

/**
 * The branch that is checked out there, or the one being rebased. Undefined on a detached HEAD. Read anew at
 * each call, because it changes under a living session.
 */
export async function currentBranch(place: RepositoryPlace, options: LocateOptions): Promise<string | undefined> {
  const folder = place.worktree ?? place.gitDir;
  const answer = await run(folder, ['symbolic-ref', '--quiet', '--short', 'HEAD'], options);
  const branch = answer.stdout.trim();
  if (answer.code === 0 && branch !== '') return branch;
  return (await branchIn(join(place.gitDir, 'rebase-merge'))) ?? (await branchIn(join(place.gitDir, 'rebase-apply')));
}

async function lookIn(folder: string, options: LocateOptions): Promise<RepositoryPlace | undefined> {
  const args = ['rev-parse', '--path-format=absolute', '--git-common-dir', '--git-dir', '--show-toplevel'];
  const answer = await run(folder, args, options);
  // git before 2.31 repeats the option it does not know, and its paths are relative.
  const lines = answer.stdout.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('--'));
  const [commonDir, gitDir, worktree] = lines.map((line) => resolve(folder, line));
  if (commonDir !== undefined && gitDir !== undefined) {
    const place = { commonDir: realpathSync.native(commonDir), gitDir };
    return worktree === undefined ? place : { ...place, worktree };
  }
  if (answer.stderr.includes('not a git repository')) return undefined;
  const detail = answer.stderr.trim().split(/\r?\n/)[0] ?? '';
  throw gitFailed(folder, detail === '' ? `it ended with ${answer.code}` : detail, undefined);
}

async function run(folder: string, args: readonly string[], options: LocateOptions): Promise<GitAnswer> {
  try {
    return await git(folder, args, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    // ENOENT is also what a missing working folder gives.
    if (errorCode(error) === 'ENOENT') throw folderExists(folder) ? gitNotFound(error) : notARepository(folder);
    throw gitFailed(folder, error instanceof Error ? error.message : String(error), error);
  }
}

function folderExists(folder: string): boolean {
  try {
    realpathSync.native(folder);
    return true;
  } catch {
    return false;
  }
}

/** The branch a rebase started from, as git notes it: `refs/heads/feat/auth`, or `detached HEAD`. */
async function branchIn(rebaseFolder: string): Promise<string | undefined> {
  try {
    const name = (await readFile(join(rebaseFolder, 'head-name'), 'utf8')).trim();
    return name.startsWith('refs/heads/') ? name.slice('refs/heads/'.length) : undefined;
  } catch {
    return undefined;
  }
}
