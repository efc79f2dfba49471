import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isExecutable } from '../repository/executable.ts';
import { type GitOptions, git } from '../repository/git.ts';
import type { GitHook } from './hook-script.ts';

/** Where git looks for the hooks of one worktree: a relative `core.hooksPath` is another folder in each of them. */
export interface HooksFolder {
  /** Where git looks. */
  git: string;
  /** Where the scripts are: there, or in husky's folder, whose scripts are run by files of its own making below it. */
  scripts: string;
}

export async function hooksFolder(worktree: string, options: GitOptions): Promise<HooksFolder> {
  const asked = await git(worktree, ['rev-parse', '--git-path', 'hooks'], options);
  const folder = resolve(worktree, asked.stdout.replace(/\r?\n$/, ''));
  const isHusky = basename(folder) === '_' && basename(dirname(folder)) === '.husky';
  return { git: folder, scripts: isHusky ? dirname(folder) : folder };
}

/** Whether husky runs the scripts. Its files are ignored by git, so a worktree has them only once it was installed there. */
export function isRelayed(folder: HooksFolder): boolean {
  return folder.git !== folder.scripts;
}

/** Whether git runs something for a hook; whoever runs husky's scripts needs no execute bit on them. */
export function isRunByGit(folder: HooksFolder, hook: GitHook): boolean {
  const file = join(folder.git, hook);
  return process.platform === 'win32' ? existsSync(file) : isExecutable(file);
}
