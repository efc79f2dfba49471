import { delimiter, isAbsolute, join } from 'node:path';
import { isExecutable } from '../repository/executable.ts';

/**
 * Whether a program can be started: a name is looked for on PATH, an absolute path as it is. Any other path lies in the
 * worktree of an item, and cannot be known before.
 */
export function canStart(program: string, env: NodeJS.ProcessEnv): boolean {
  if (isAbsolute(program)) return isExecutable(program);
  if (program.includes('/')) return true;
  return (env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
}
