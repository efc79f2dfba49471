import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Whether a program can be started: a name is looked for on PATH, an absolute path as it is. Any other path lies in the
 * worktree of an item, and cannot be known before.
 */
export function canStart(program: string, env: NodeJS.ProcessEnv): boolean {
  if (isAbsolute(program)) return isExecutable(program);
  if (program.includes('/')) return true;
  return (env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
