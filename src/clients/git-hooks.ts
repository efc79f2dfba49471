import { existsSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { hookNotExecutable, hookNotShell, hooksOfAllRepositories } from '../errors/clients.ts';
import { type GitOptions, git } from '../repository/git.ts';
import {
  calledBy,
  GIT_HOOKS,
  type GitHook,
  hookCommand,
  isBlankScript,
  isShellScript,
  withHookCall,
  withoutHookCall,
} from './hook-script.ts';
import { type HooksFolder, hooksFolder, isRelayed, isRunByGit } from './hooks-folder.ts';
import type { Part } from './part.ts';

/** The git hooks of one worktree. */
export interface GitHookParts {
  parts: Part[];
  /** Git runs nothing of them in this worktree, whatever they hold: husky is not installed there. */
  isUnreached: boolean;
}

/**
 * Our hooks in the folder where git looks for those of a worktree: that of the repository, or `core.hooksPath`.
 *
 * @param absolute Node and the bundle
 * @throws PawError `refused` if that folder is that of other repositories too
 */
export async function gitHookParts(
  worktree: string,
  commonDir: string,
  absolute: readonly [string, string],
  options: GitOptions,
): Promise<GitHookParts> {
  const folder = await hooksFolder(worktree, options);
  if (!isWithin(folder.git, worktree) && !isWithin(folder.git, commonDir)) {
    const { stdout } = await git(worktree, ['config', '--show-scope', '--get', 'core.hooksPath'], options);
    if (/^(?:global|system)\t/.test(stdout)) throw hooksOfAllRepositories(folder.git);
  }
  return {
    parts: GIT_HOOKS.map((hook) => hookPart(hook, folder, absolute)),
    isUnreached: isRelayed(folder) && !GIT_HOOKS.every((hook) => isRunByGit(folder, hook)),
  };
}

function hookPart(hook: GitHook, folder: HooksFolder, absolute: readonly [string, string]): Part {
  const path = join(folder.scripts, hook);
  return {
    path,
    what: `git hook ${hook}`,
    executable: true,
    state(text) {
      const called = calledBy(text);
      if (called === undefined) return 'absent';
      return called.every((file) => existsSync(file)) ? 'good' : 'stale';
    },
    namesMachine: (text) => calledBy(text) !== undefined,
    add(text) {
      const command = hookCommand(hook, ...absolute);
      if (!isShellScript(text)) throw hookNotShell(path, command);
      if (existsSync(path) && !isRelayed(folder) && !isRunByGit(folder, hook)) throw hookNotExecutable(path);
      return withHookCall(text, hook, absolute);
    },
    remove: withoutHookCall,
    isEmpty: isBlankScript,
  };
}

function isWithin(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && resolve(folder, inside) === path);
}
