import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceWhole } from '../repository/atomic-file.ts';
import { errorCode } from '../repository/error-code.ts';

/**
 * Files in the folder of an item's runs that name a commit each.
 * - `unpushed`: with which a run has finished, and that is yet to be pushed. However often that fails, the work is not
 *   done again.
 * - `begun`: where the branch was when a run began that has not ended well; empty if there was no branch. What was there
 *   before is the work of runs that failed or were stopped, and not finished because a later one is broken off.
 */
export type CommitNote = 'unpushed' | 'begun';

/** Throws the operating system's error. */
export function noteCommit(folder: string, note: CommitNote, commit: string): void {
  replaceWhole(join(folder, note), commit);
}

/** The commit that was noted; undefined if nothing was. */
export async function notedCommit(folder: string, note: CommitNote): Promise<string | undefined> {
  try {
    return await readFile(join(folder, note), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function forgetCommit(folder: string, note: CommitNote): Promise<void> {
  await rm(join(folder, note), { force: true });
}
