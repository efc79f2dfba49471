import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, type Stats, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { socketFolderForeign, socketFolderUnusable, socketPathForeign, socketPathTooLong } from '../errors/election.ts';
import { errorCode } from './error-code.ts';

/** Longest socket path in bytes, without the closing zero: 104 on macOS and the BSDs, 108 on Linux. */
const SOCKET_PATH_MAX_BYTES = 103;
/** Characters of the common directory's hash in a socket's name: 48 bits. */
const HASH_CHARS = 12;
/** Rights of anybody but the owner. */
const OTHERS = 0o077;
/** Their right to put things there: what is in such a folder may be anybody's. */
const OTHERS_WRITE = 0o022;

/** What decides where sockets lie; each part has the value of this process as its default. */
export interface SocketSurroundings {
  platform?: NodeJS.Platform;
  env?: Record<string, string | undefined>;
  /** The folder for temporary files. */
  temporary?: string;
}

/**
 * Where coordinator `n` of a repository listens: a socket in a folder that only this user can enter, which is
 * created if needed; on Windows a named pipe. Clients do not compute it, they read it from the election file.
 *
 * @param commonDir the git common directory, absolute and without links
 * @throws PawError `environment` if the folder or what lies at the path belongs to something else
 */
export function socketPath(commonDir: string, n: number, surroundings: SocketSurroundings = {}): string {
  const { platform = process.platform, env = process.env, temporary = tmpdir() } = surroundings;
  const name = `${repositoryHash(commonDir)}-${n}`;
  if (platform === 'win32') return `\\\\.\\pipe\\paw-coordinator-${pipeUser()}-${name}`;
  const path = shortestFit(candidateFolders(env, temporary), `${name}.sock`);
  secureFolder(dirname(path));
  refuseForeign(path);
  return path;
}

/**
 * Removes the sockets that earlier coordinators of the same repository left beside `path`. Only for the holder of
 * the office, as only that knows they are dead. Never throws; what stays is removed next time.
 */
export function tidySockets(path: string): void {
  const own = parseSocketName(basename(path));
  if (own === undefined) return;
  const folder = dirname(path);
  for (const name of listQuietly(folder)) {
    const other = parseSocketName(name);
    if (other?.hash === own.hash && other.n < own.n) removeSocket(join(folder, name));
  }
}

/** Names a repository in socket and pipe names. */
function repositoryHash(commonDir: string): string {
  return createHash('sha256').update(commonDir).digest('hex').slice(0, HASH_CHARS);
}

function pipeUser(): string {
  return userInfo().username.replaceAll(/[^A-Za-z0-9_-]/g, '-');
}

function parseSocketName(name: string): { hash: string; n: number } | undefined {
  const match = /^([0-9a-f]{12})-([1-9]\d{0,14})\.sock$/.exec(name);
  return match?.[1] === undefined ? undefined : { hash: match[1], n: Number(match[2]) };
}

/** Folders in the order of preference. */
function candidateFolders(env: Record<string, string | undefined>, temporary: string): string[] {
  const runtime = env.XDG_RUNTIME_DIR;
  const own = `paw-coordinator-${userId()}`;
  return [
    ...(runtime !== undefined && isOwnFolder(runtime) ? [join(runtime, 'paw-coordinator')] : []),
    // TMPDIR may name the folder of a session that is over.
    ...(isFolder(temporary) ? [join(temporary, own)] : []),
    join('/tmp', own),
  ];
}

/** The first folder in which the socket's path is short enough. */
function shortestFit(folders: string[], name: string): string {
  const paths = folders.map((folder) => join(folder, name));
  const fit = paths.find((path) => Buffer.byteLength(path) <= SOCKET_PATH_MAX_BYTES);
  if (fit === undefined) throw socketPathTooLong(paths[0] ?? name, SOCKET_PATH_MAX_BYTES);
  return fit;
}

function userId(): number {
  return process.getuid?.() ?? userInfo().uid;
}

/** After `sudo` or `su` the variable may still name another user's folder. */
function isOwnFolder(folder: string): boolean {
  return isFolder(folder) && statSync(folder).uid === userId();
}

function isFolder(path: string): boolean {
  return isAbsolute(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Creates the folder, or makes sure that it is ours, was not written to by others, and is closed to them. */
function secureFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw socketFolderUnusable(folder, error);
  }
  const stats = look(folder);
  if (stats?.isDirectory() !== true) throw socketFolderForeign(folder, kindOf(stats));
  if (stats.uid !== userId()) throw socketFolderForeign(folder, `a folder of the user with id ${stats.uid}`);
  if ((stats.mode & OTHERS) === 0) return;
  if ((stats.mode & OTHERS_WRITE) !== 0) throw socketFolderForeign(folder, 'a folder that others can write to');
  try {
    chmodSync(folder, 0o700);
  } catch (error) {
    throw socketFolderUnusable(folder, error);
  }
}

function refuseForeign(path: string): void {
  const stats = look(path);
  if (stats !== undefined && !stats.isSocket()) throw socketPathForeign(path, kindOf(stats));
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw socketFolderUnusable(dirname(path), error);
  }
}

function kindOf(stats: Stats | undefined): string {
  if (stats === undefined) return 'gone again';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  return stats.isFile() ? 'a file' : 'something else';
}

function listQuietly(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) rmSync(path);
  } catch {
    // It is removed by the next coordinator.
  }
}
