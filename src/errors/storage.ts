import { PawError } from './paw-error.ts';

/** Errors of the state folder: the journal, the snapshot, and the folder itself. */

const REPAIR = 'To go on with what can be read, run `paw-coordinator doctor --repair`.';

/** The state folder cannot be created or entered. */
export function stateFolderUnusable(folder: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `The state folder ${folder} cannot be used: ${detail(cause)}. It must be a folder this user can write to, on a disk with free space; correct its owner or mode, free some space, or move away what is in its place, and try again.`,
    { cause },
  );
}

/** The repository was removed while a session lived in it. */
export function repositoryGone(commonDir: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `The repository at ${commonDir} is no longer there. Start a new session in a repository that exists.`,
    { cause },
  );
}

/** A change could not be brought to disk; it is not part of the state. */
export function appendFailed(file: string, cause: unknown): PawError {
  return new PawError(
    'storage',
    `The change was not made, because ${file} could not be written: ${detail(cause)}. Free some disk space, or correct the disk or the owner and mode of what lies there, and call again.`,
    { cause },
  );
}

/** Something was appended to a journal that is already closed. */
export function journalClosed(): PawError {
  return new PawError('unavailable', 'The change was not made, because the coordinator is stopping. Call again.');
}

/** After a failed write the journal on disk does not end where the acknowledged records end. */
export function journalShort(folder: string, found: number, acknowledged: number): PawError {
  return new PawError(
    'storage',
    `The journal in ${folder} can be read up to record ${found}, but records up to ${acknowledged} were acknowledged. Nothing was changed. Check the disk, then restart with \`paw-coordinator stop\`. ${REPAIR}`,
  );
}

/**
 * A journal segment is damaged, and valid records follow the damage.
 *
 * @param line of the damage, from 1; absent if whole records are missing between files
 * @param kept where the copy of the file is; absent if none could be made
 */
export function journalDamaged(file: string, line: number | undefined, problem: string, kept?: string): PawError {
  const place = line === undefined ? file : `${file}, line ${line}`;
  return new PawError(
    'storage',
    `The journal is damaged at ${place}: ${problem}. ${kept === undefined ? '' : `A copy of the file is kept as ${kept}. `}Nothing was changed, and the coordinator does not start with a part of its state missing. Restore the file from a backup. ${REPAIR}`,
  );
}

/** This user may not read a file of the state. */
export function stateFileForbidden(file: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `${file} cannot be read: ${detail(cause)}. Nothing was changed. Give the file back to this user, who must own it and may read it, and try again.`,
    { cause },
  );
}

/** Records that must be in the journal are not there. */
export function recordsMissing(folder: string, from: number, to: number | undefined): PawError {
  const range = to === undefined ? `${from} and later` : from === to ? `${from}` : `${from} to ${to}`;
  return new PawError(
    'storage',
    `Records are missing from the journal in ${folder}: ${range}. Nothing was changed, and the coordinator does not start with a part of its state missing. Restore state.json and journal/ from a backup. ${REPAIR}`,
  );
}

/** No snapshot can be read, and the journal does not reach back to the first record. */
export function snapshotsUnreadable(problems: { file: string; problem: string; kept?: string }[]): PawError {
  const list = problems.map(
    ({ file, problem, kept }) => `${file}: ${problem}${kept === undefined ? '' : ` (copy kept as ${kept})`}`,
  );
  return new PawError(
    'storage',
    `The stored state cannot be read, and the journal alone does not hold all of it. ${list.join('; ')}. Nothing was changed, and the coordinator does not start empty. Restore state.json from a backup. ${REPAIR}`,
  );
}

/** A file of the state folder was written by a later version of this program. */
export function stateTooNew(file: string, format: number, known: number): PawError {
  return new PawError(
    'environment',
    `${file} has format ${format}, and this version of paw-coordinator knows formats up to ${known}. Update paw-coordinator; the file was not changed.`,
  );
}

/** A snapshot could not be made. The journal still holds everything. */
export function snapshotFailed(cause: unknown): PawError {
  return new PawError(
    'storage',
    `The snapshot could not be made: ${detail(cause)}. Nothing is lost, since the journal is kept until one succeeds; it will be tried again.`,
    { cause },
  );
}

function detail(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
