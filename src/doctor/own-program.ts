import { existsSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import process from 'node:process';

const NAME = 'paw-coordinator';
const NODE = /(?:^|[\\/])node(?:\.exe)?$/;

/** What a command in a file would run. */
export type Runnable =
  /** This program, to be run so. */
  | { is: 'ours'; program: string; args: string[] }
  /** Something that is not there: the client cannot run it either. */
  | { is: 'missing'; what: string }
  /** Something else. It is never run: whoever wrote the file has not necessarily this user's trust. */
  | { is: 'other' };

/** Whether a command found in a file of the repository is nothing but this program. */
export function ownProgram(
  command: readonly string[],
  { folder, env, cli = process.argv[1] }: { folder: string; env: NodeJS.ProcessEnv; cli?: string | undefined },
): Runnable {
  const [program = '', ...rest] = command;
  if (program === NAME) {
    const found = onPath(env);
    if (found === undefined) return { is: 'missing', what: `${NAME} on PATH` };
    return isHarmless(rest) ? { is: 'ours', program: found, args: rest } : { is: 'other' };
  }
  const isNode = program === 'node' || (isAbsolute(program) && NODE.test(program));
  if (!isNode) return { is: 'other' };
  if (isAbsolute(program) && !existsSync(program)) return { is: 'missing', what: program };
  const script = rest.findIndex((word) => !word.startsWith('-'));
  const file = resolve(folder, rest[script] ?? '');
  if (script === -1) return { is: 'other' };
  if (!existsSync(file)) return { is: 'missing', what: file };
  const isOurs = cli !== undefined && realpathSync(file) === realpathSync(cli);
  const args = rest.slice(script + 1);
  // Node's own options, such as those that load other code, are left out.
  return isOurs && isHarmless(args)
    ? { is: 'ours', program: process.execPath, args: [file, ...args] }
    : { is: 'other' };
}

/** Whether these arguments only do what clients have this program do: it can also stop and release. */
function isHarmless([command]: readonly string[]): boolean {
  return command === 'mcp' || command === 'hook';
}

function onPath(env: NodeJS.ProcessEnv): string | undefined {
  const names = process.platform === 'win32' ? [`${NAME}.cmd`, `${NAME}.exe`, NAME] : [NAME];
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((file) => existsSync(file));
}
