import { statfsSync } from 'node:fs';
import process from 'node:process';
import { git } from '../repository/git.ts';
import { socketPath } from '../repository/socket-folder.ts';
import { listWorktrees } from '../repository/worktrees.ts';
import { bad, type Check, failed, good, type Place, type Surroundings } from './check.ts';

/** The oldest versions that everything works with. */
const NODE_NEEDED = [20, 19] as const;
const GIT_NEEDED = [2, 20] as const;
/** Less room than this is soon used up by journal and snapshot, in bytes. */
const SPACE_NEEDED = 256 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;
/** Sockets are numbered by office; any number shows whether the folder can be used. */
const ANY_OFFICE = 1;

export function checkNode(version: string = process.versions.node): Check {
  const detail = `version ${version}`;
  return isOlder(version, NODE_NEEDED)
    ? bad('node', detail, `Install Node ${NODE_NEEDED.join('.')} or newer.`)
    : good('node', detail);
}

export async function checkGit(folder: string, options: Surroundings): Promise<Check> {
  try {
    const { stdout } = await git(folder, ['--version'], options);
    const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? stdout.trim();
    return isOlder(version, GIT_NEEDED)
      ? bad('git', `version ${version}`, `Install git ${GIT_NEEDED.join('.')} or newer.`)
      : good('git', `version ${version}`);
  } catch (error) {
    return failed('git', error, 'Install git, or put it on PATH.');
  }
}

export async function checkWorktrees({ commonDir, worktree }: Place, options: Surroundings): Promise<Check> {
  try {
    const list = await listWorktrees(commonDir, options);
    const branches = list.map(({ path, branch }) => `${branch ?? 'detached'}${path === worktree ? ' (here)' : ''}`);
    return good('worktrees', branches.length === 0 ? 'none: a bare repository' : branches.join(', '));
  } catch (error) {
    return failed('worktrees', error);
  }
}

export function checkSocketFolder({ commonDir }: Place): Check {
  try {
    return good('socket folder', `sockets can be made, such as ${socketPath(commonDir, ANY_OFFICE)}`);
  } catch (error) {
    return failed('socket folder', error);
  }
}

export function checkSpace({ commonDir }: Place): Check {
  try {
    const { bavail, bsize } = statfsSync(commonDir);
    const detail = `${Math.floor((bavail * bsize) / MEBIBYTE).toLocaleString('en')} MB free beside the repository`;
    return bavail * bsize < SPACE_NEEDED
      ? bad('space', detail, 'Free some disk space: without any, calls that change something are refused.')
      : good('space', detail);
  } catch (error) {
    return failed('space', error, 'See that the file system of the repository is mounted and can be read.');
  }
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [isMajor = 0, isMinor = 0] = version.split('.').map(Number);
  return isMajor < major || (isMajor === major && isMinor < minor);
}
