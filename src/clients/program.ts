import { existsSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve, sep } from 'node:path';
import { isExecutable } from '../repository/executable.ts';

/** How this program is run by others: the words of the command without its own arguments. */

/** The name of the package, and of its command. */
export const PROGRAM = 'paw-coordinator';

/**
 * Flags of Node for the server of one agent. It lives as long as its client and holds next to nothing: with them it
 * stays at 75 MB instead of 110, and start and calls take as long as without. `npm run bench -- memory` measures both.
 * One helper thread of V8 instead of four accounts for 2 MB of it.
 */
export const SERVER_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--v8-pool-size=1'];

/** Where the running program lies. */
export interface Installation {
  /** Absolute path of Node. */
  node: string;
  /** Absolute path of the bundle, links followed. */
  bundle: string;
  env: NodeJS.ProcessEnv;
}

export interface Program {
  /** Words before `mcp` in a registration. */
  server: readonly string[];
  /** Words before another command, such as `hook`. */
  command: readonly string[];
  /** Node and the bundle, both absolute. */
  absolute: readonly [node: string, bundle: string];
}

/** The installation that runs now. */
export function thisInstallation(): Installation {
  return { node: process.execPath, bundle: realpathSync(process.argv[1] ?? ''), env: process.env };
}

/**
 * The command by its name if it is on PATH, else Node and the bundle. Through npx if that is asked for, or if the
 * bundle lies in npx's own cache, which npm empties at times.
 */
export function programOf({ node, bundle, env }: Installation, { portable }: { portable: boolean }): Program {
  const absolute = [node, bundle] as const;
  const isCached = bundle.split(sep).includes('_npx');
  if (portable || isCached) {
    const words = ['npx', '-y', PROGRAM];
    return { server: words, command: words, absolute };
  }
  if (isOnPath(PROGRAM, env)) return { server: [PROGRAM], command: [PROGRAM], absolute };
  return { server: [node, ...SERVER_FLAGS, bundle], command: [node, bundle], absolute };
}

/** Whether words run a package wherever it comes from, so that a file that holds them can be shared. */
export function isPortable(words: readonly string[]): boolean {
  return words.includes('npx');
}

/** Whether what words name is there: the command on PATH, and every file. */
export function isRunnable(
  words: readonly string[],
  { folder, env }: { folder: string; env: NodeJS.ProcessEnv },
): boolean {
  if (words[0] === PROGRAM) return isOnPath(PROGRAM, env);
  const files = words.filter((word) => isAbsolute(word) || word.endsWith('.js'));
  return files.every((file) => existsSync(resolve(folder, file)));
}

/** Whether a command is on PATH for everybody: what `npx` and `npm run` put there is gone when they end. */
export function isOnPath(name: string, env: NodeJS.ProcessEnv): boolean {
  const endings = process.platform === 'win32' ? (env.PATHEXT ?? '.EXE;.CMD').split(';') : [''];
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter);
  const lasting = folders.filter((folder) => isAbsolute(folder) && !folder.split(sep).includes('node_modules'));
  return lasting.some((folder) => endings.some((ending) => isExecutable(join(folder, name + ending))));
}
