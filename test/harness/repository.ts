import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A real git repository with one commit on `main`. */
export interface TestRepository {
  /** Root of the main worktree. */
  readonly main: string;
  /** The git common directory. */
  readonly commonDir: string;
  /** The coordinator's state folder; made by the coordinator. */
  readonly stateDir: string;
  /** Root of the worktree in which this branch is checked out. */
  worktree(branch: string): string;
  /** Adds a worktree on a new branch and returns its root. */
  addWorktree(branch: string): Promise<string>;
  /** Runs git in a folder and returns what it printed, trimmed. */
  git(folder: string, ...args: string[]): Promise<string>;
  /** Writes files and commits them; returns the commit. */
  commit(folder: string, files: Record<string, string>, message?: string): Promise<string>;
}

export interface TestRepositoryOptions {
  /** Branches that get a worktree of their own. */
  worktrees?: string[];
  /** Files of the first commit, by path; a README.md if none are given. */
  files?: Record<string, string>;
}

/** Makes a repository with its worktrees below `folder`, with the given environment for git. */
export async function makeRepository(
  folder: string,
  env: Record<string, string>,
  { worktrees = [], files = { 'README.md': '# test\n' } }: TestRepositoryOptions,
): Promise<TestRepository> {
  const main = join(folder, 'main');
  const roots = new Map([['main', main]]);

  async function git(cwd: string, ...args: string[]): Promise<string> {
    const { stdout } = await run('git', args, { cwd, env });
    return stdout.trim();
  }

  async function commit(cwd: string, changed: Record<string, string>, message = 'change'): Promise<string> {
    await writeFiles(cwd, changed);
    await git(cwd, 'add', '--', ...Object.keys(changed));
    await git(cwd, 'commit', '--quiet', '--message', message);
    return git(cwd, 'rev-parse', 'HEAD');
  }

  async function addWorktree(branch: string): Promise<string> {
    const root = join(folder, branch.replaceAll('/', '-'));
    await git(main, 'worktree', 'add', '--quiet', '-b', branch, root);
    roots.set(branch, root);
    return root;
  }

  function worktree(branch: string): string {
    const root = roots.get(branch);
    if (root === undefined)
      throw new Error(`The test made no worktree for ${branch}; it made ${[...roots.keys()].join(', ')}.`);
    return root;
  }

  await mkdir(main, { recursive: true });
  await git(main, 'init', '--quiet', '--initial-branch=main');
  await commit(main, files, 'first');
  for (const branch of worktrees) await addWorktree(branch);
  const commonDir = join(main, '.git');
  return { main, commonDir, stateDir: join(commonDir, 'paw'), worktree, addWorktree, git, commit };
}

async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
