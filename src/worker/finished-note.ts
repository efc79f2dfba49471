import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceWhole } from '../repository/atomic-file.ts';
import { errorCode } from '../repository/error-code.ts';

/*
 * A file that names the commit with which a run has finished and that is yet to be pushed. However often that fails,
 * the work is not done again.
 */

const FILE = 'unpushed';

/** Notes that this commit is finished. Throws the operating system's error. */
export function noteFinished(folder: string, commit: string): void {
  replaceWhole(join(folder, FILE), commit);
}

/** The commit that was noted; undefined if there is none. */
export async function finishedCommit(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, FILE), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** To be called when it has been pushed, or is not to be any more. */
export async function forgetFinished(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true });
}
