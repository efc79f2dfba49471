import { basename, dirname, join, resolve } from 'node:path';
import { createPrivateFolder } from '../repository/layout.ts';

/** Where a worker's files and worktrees lie. Paths are absolute. */

/** The repository of a worker. */
export interface WorkerPlace {
  commonDir: string;
  stateDir: string;
  /** Root of the main worktree; absent in a bare repository. */
  root?: string;
}

/** What item ids are made of; anything else would not be the name of a folder. */
const NOT_IN_NAMES = /[^\w.-]/g;

/**
 * The folder for a new worktree of an item.
 *
 * @param folder the configured one; relative to the main worktree, or to a bare repository
 */
export function worktreePath({ root, commonDir }: WorkerPlace, folder: string | undefined, branch: string): string {
  const home = root ?? commonDir;
  const beside = join(dirname(home), `${basename(home).replace(/\.git$/, '')}.worktrees`);
  return join(folder === undefined ? beside : resolve(home, folder), nameOf(branch.replace(/^work\//, '')));
}

/** The private folder in which notes and output of an item's runs are kept; made if it is not there. */
export function runFolder({ stateDir }: WorkerPlace, id: string): string {
  const all = join(stateDir, 'worker');
  createPrivateFolder(all);
  const own = join(all, nameOf(id));
  createPrivateFolder(own);
  return own;
}

function nameOf(text: string): string {
  return text.replace(NOT_IN_NAMES, '-').replace(/^\.+/, '');
}
