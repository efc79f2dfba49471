import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { worktreeGone } from '../errors/session.ts';

/** The files of the caller's worktree, as far as naming them needs it. */
export interface Tree {
  /** Absolute path of the worktree. Absent in a bare repository. */
  readonly root?: string;
  /** Whether `\` separates folders, as on Windows. */
  readonly backslashes: boolean;
  /** Whether this path from the root exists, every character taken as it is. A link exists wherever it leads. */
  exists(path: string): boolean;
  /** Whether this path from the root, which `real` returned, is a regular file: nothing can be below it. */
  isFile(path: string): boolean;
  /**
   * The path from the root, `/` between segments, with links followed and upper and lower case as on disk, as
   * far as it exists; the empty text is the root. Undefined if that is not inside the worktree.
   *
   * @param path from the root, or absolute
   * @throws PawError `environment` if the worktree is no longer there
   */
  real(path: string): string | undefined;
}

/** The files below `root`. Looks at the disk when asked and keeps nothing but the root's real path. */
export function worktreeTree(root: string): Tree {
  let realRoot: string | undefined;
  return {
    root,
    backslashes: sep === '\\',
    exists: (path) => isThere(resolve(root, path)),
    isFile: (path) => isRegularFile(resolve(root, path)),
    real(path) {
      realRoot ??= realPathOf(root);
      const inside = relative(realRoot, followLinks(resolve(root, path)));
      const outside = inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
      return outside ? undefined : inside.split(sep).join('/');
    },
  };
}

/** Where there is no worktree: nothing exists, and a path is what it is written as. */
export const NO_TREE: Tree = {
  backslashes: sep === '\\',
  exists: () => false,
  isFile: () => false,
  real: (path) => (isAbsolute(path) ? undefined : path),
};

function realPathOf(root: string): string {
  try {
    return realpathSync.native(root);
  } catch (error) {
    throw worktreeGone(root, error);
  }
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A file where a folder should be, a loop of links, a folder that may not be read, a name too long.
    return false;
  }
}

function isRegularFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    // The same reasons as above.
    return false;
  }
}

/** The real path of the part that exists, with the rest appended. */
function followLinks(path: string): string {
  const missing: string[] = [];
  let existing = path;
  for (;;) {
    try {
      return resolve(realpathSync.native(existing), ...missing);
    } catch {
      // Not there, or a dangling link: what is above it decides.
      const parent = dirname(existing);
      if (parent === existing) return path;
      missing.unshift(basename(existing));
      existing = parent;
    }
  }
}
