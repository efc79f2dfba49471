import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { PROGRAM } from './program.ts';

/*
 * What in a file of a client is ours. Other programs lie in a `dist/cli.js` too, so a path alone says nothing: what is
 * taken for ours is replaced by `init` and deleted by `init --remove`.
 */

/** What words have this program do: its own arguments. Undefined if they run something else. */
export type OwnArguments = (words: readonly string[]) => readonly string[] | undefined;

/** How a program is told from others. */
export interface Marks {
  /** Where relative paths begin: the root of the worktree. */
  folder: string;
  /** Folders of bundles that are, or were, this program: that of this installation, and those `init` has written. */
  installations: ReadonlySet<string>;
}

const NAME = new RegExp(`^${PROGRAM}(?:@[\\w.-]+)?(?:\\.cmd)?$`);
const BUNDLE = /[\\/]dist[\\/](?:cli|hook)\.js$/;
const NODE = /^node(?:\.exe)?$/;

/** Tells this program, in whichever form and version, by its name or by the package that a bundle belongs to. */
export function recognition(marks: Marks): OwnArguments {
  return (words) => {
    const at = words.findIndex((word, index) => isProgram(word, words.slice(0, index), marks));
    return at === -1 ? undefined : words.slice(at + 1);
  };
}

/** @param before the words before it */
function isProgram(word: string, before: readonly string[], marks: Marks): boolean {
  if (NAME.test(word) || isOwnBundle(word, marks)) return true;
  // A path that ends in the name may be any folder, unless it is what is run.
  const [runner, ...flags] = before;
  const isRun = runner === undefined || (NODE.test(lastSegment(runner)) && flags.every((flag) => flag.startsWith('-')));
  return isRun && NAME.test(lastSegment(word));
}

function isOwnBundle(word: string, { folder, installations }: Marks): boolean {
  const file = realPath(resolve(folder, word));
  if (!BUNDLE.test(file)) return false;
  const dist = dirname(file);
  const owner = packageAt(dirname(dist));
  if (owner !== undefined && owner !== PROGRAM) return false;
  // Where the package is gone, its folder's name and what was noted are left to tell by.
  return owner === PROGRAM || installations.has(dist) || basename(dirname(dist)) === PROGRAM;
}

/** The name of the package in a folder; undefined if there is none. */
function packageAt(folder: string): unknown {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'name') : undefined;
  } catch {
    return undefined;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function lastSegment(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? '';
}
