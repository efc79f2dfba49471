import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { changedMeanwhile, deadLink, fileUnusable, notUtf8 } from '../errors/clients.ts';
import { PawError } from '../errors/paw-error.ts';
import { replaceWhole } from '../repository/atomic-file.ts';
import { errorCode } from '../repository/error-code.ts';

/** Modes of files that are made: others may read them, as those of any editor. */
const READABLE = 0o644;
const EXECUTABLE = 0o755;
/** The part of a mode that says who may do what. */
const PERMISSIONS = 0o777;

/** A file that is to hold another text, or to be there or gone. */
export interface FileChange {
  /** Absolute path. */
  path: string;
  /** What it holds; undefined if it is not there. */
  before: string | undefined;
  /** What it is to hold; undefined if it is to go. */
  after: string | undefined;
  /** It is a script that others run. */
  executable?: boolean;
}

/** The text of a file, with a byte-order mark if it has one; undefined if it is not there. Throws `PawError`. */
export function readText(path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw fileUnusable(path, error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notUtf8(path);
  }
}

/**
 * Where a file is not there, its path may still be a link, or lead through one.
 *
 * @throws PawError `refused` if that leads to nothing
 */
export function refuseDeadLinks(path: string): void {
  for (const at of [path, dirname(path)]) {
    const isLink = lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink && !existsSync(at)) throw deadLink(at, readlinkSync(at));
  }
}

/**
 * Makes one change; a file that is a link stays one, and keeps its mode. Returns whether its folder was made for it.
 *
 * @throws PawError `refused` if the file no longer holds what it held, `environment` if it cannot be written
 */
export function makeChange({ path, before, after, executable = false }: FileChange): boolean {
  if (readText(path) !== before) throw changedMeanwhile(path);
  const folder = dirname(path);
  const isNewFolder = !existsSync(folder);
  try {
    if (after === undefined) {
      rmSync(path, { force: true });
      return false;
    }
    mkdirSync(folder, { recursive: true });
    if (before === undefined) writeFileSync(path, after, { mode: executable ? EXECUTABLE : READABLE, flag: 'wx' });
    else replaceWhole(realpathSync(path), after, { mode: statSync(path).mode & PERMISSIONS });
    return isNewFolder;
  } catch (error) {
    throw error instanceof PawError ? error : fileUnusable(path, error);
  }
}

/** Removes a folder if nothing is in it. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something else is in it, or it is gone already.
  }
}
