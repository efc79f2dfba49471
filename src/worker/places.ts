import { basename, dirname, join, resolve } from 'node:path';
import { createPrivateFolder, folderName, runsFolder } from '../repository/layout.ts';

/** Where a worker's files and worktrees lie. Paths are absolute. */

/** The repository of a worker. */
export interface WorkerPlace {
  commonDir: string;
  stateDir: string;
  /** Root of the main worktree; absent in a bare repository. */
  root?: string;
}

/**
 * The folder for a new worktree of an item.
 *
 * @param folder the configured one; relative to the main worktree, or to a bare repository
 */
export function worktreePath({ root, commonDir }: WorkerPlace, folder: string | undefined, branch: string): string {
  const home = root ?? commonDir;
  const beside = join(dirname(home), `${basename(home).replace(/\.git$/, '')}.worktrees`);
  return join(folder === undefined ? beside : resolve(home, folder), folderName(branch.replace(/^work\//, '')));
}

/** The private folder in which notes and output of an item's runs are kept; made if it is not there. */
export function runFolder({ stateDir }: WorkerPlace, id: string): string {
  const own = runsFolder(stateDir, id);
  createPrivateFolder(dirname(own));
  createPrivateFolder(own);
  return own;
}
