import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
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
import type { Part } from './part.ts';

/** Any of the three bits that let a file be run. */
const EXECUTE_BITS = 0o111;

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
): Promise<Part[]> {
  const folder = await hooksFolder(worktree, commonDir, options);
  return GIT_HOOKS.map((hook) => hookPart(hook, join(folder, hook), absolute));
}

function hookPart(hook: GitHook, path: string, absolute: readonly [string, string]): Part {
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
      if (!isRunByGit(path)) throw hookNotExecutable(path);
      return withHookCall(text, hook, absolute);
    },
    remove: withoutHookCall,
    isEmpty: isBlankScript,
  };
}

async function hooksFolder(worktree: string, commonDir: string, options: GitOptions): Promise<string> {
  const asked = await git(worktree, ['rev-parse', '--git-path', 'hooks'], options);
  const folder = resolve(worktree, asked.stdout.replace(/\r?\n$/, ''));
  if (!isWithin(folder, worktree) && !isWithin(folder, commonDir)) {
    const { stdout } = await git(worktree, ['config', '--show-scope', '--get', 'core.hooksPath'], options);
    if (/^(?:global|system)\t/.test(stdout)) throw hooksOfAllRepositories(folder);
  }
  // What husky has git run are files of its own making, which run those in the folder above.
  return basename(folder) === '_' && basename(dirname(folder)) === '.husky' ? dirname(folder) : folder;
}

/** Git passes over a hook that may not be run; husky's are run by husky. */
function isRunByGit(path: string): boolean {
  if (process.platform === 'win32' || basename(dirname(path)) === '.husky') return true;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined || (stats.mode & EXECUTE_BITS) !== 0;
}

function isWithin(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && resolve(folder, inside) === path);
}
