import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from './error-code.ts';
import { syncFolder } from './sync-folder.ts';

/*
 * Files that appear with all of their content or not at all, and are on disk when these functions return.
 */

/** For its user alone. */
const PRIVATE = 0o600;
/** What a file system without hard links answers to `link`. */
const NO_HARD_LINKS = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK']);

/**
 * Creates `file` with this content; false if the name is taken. Where there are no hard links the name appears
 * a moment before the content, so readers must bear with an empty file there.
 *
 * @throws the operating system's error
 */
export function createWhole(file: string, content: string): boolean {
  const half = halfMade(file);
  try {
    writeSynced(half, content);
    if (!linkNew(half, file)) writeSynced(file, content);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(half, { force: true });
  }
  syncFolder(dirname(file));
  return true;
}

/**
 * Puts this content in the place of whatever `file` holds, or creates it. Throws the operating system's error.
 *
 * @param options.mode who may read and write it; its user alone if not given
 * @param options.workshop where the unfinished file may lie instead of beside it, if that is the same file system
 */
export function replaceWhole(
  file: string,
  content: string | Uint8Array,
  { mode = PRIVATE, workshop = dirname(file) }: { mode?: number; workshop?: string } = {},
): void {
  const isNear = statSync(workshop).dev === statSync(dirname(file)).dev;
  const half = halfMade(file, isNear ? workshop : dirname(file));
  try {
    writeSynced(half, content, mode);
    renameSync(half, file);
  } catch (error) {
    rmSync(half, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}

/** Whether a file of this name is what a crash left of making a file whose name begins with `prefix`. */
export function isLeftover(name: string, prefix: string): boolean {
  return name.startsWith(`.${prefix}`) && name.endsWith('.half');
}

function halfMade(file: string, folder: string = dirname(file)): string {
  return join(folder, `.${basename(file)}.${process.pid}-${randomBytes(4).toString('hex')}.half`);
}

/** False if the file system has no hard links; throws EEXIST if the name is taken. */
function linkNew(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (NO_HARD_LINKS.has(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** Creates `file`, which must not exist. */
function writeSynced(file: string, content: string | Uint8Array, mode = PRIVATE): void {
  const fd = openSync(file, 'wx', PRIVATE);
  try {
    // Whatever the process's mask takes away.
    if (mode !== PRIVATE) fchmodSync(fd, mode);
    writeFileSync(fd, content);
    fsyncSync(fd);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
