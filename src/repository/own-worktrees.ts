import { mkdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { replaceWhole } from './atomic-file.ts';
import { errorCode } from './error-code.ts';

/*
 * A file in the folder of an item's runs that names the worktrees which workers have made for it, by their real paths.
 * Any other worktree is somebody's, whatever is checked out there. A path is noted before git makes anything there, so
 * that a worker that is killed meanwhile leaves none that nobody knows.
 */

const FILE = 'worktrees.json';

const pathsSchema = z.array(z.string());

/** Whether a worker has made the worktree at `path`, which need not exist any more. */
export async function isOwn(folder: string, path: string): Promise<boolean> {
  return (await ownWorktrees(folder)).includes(await realpath(path).catch(() => path));
}

/** To be called when a worktree was removed: what is made at its path later may be somebody's. */
export async function forgetOwn(folder: string, path: string): Promise<void> {
  const real = await realPlace(path);
  const left = (await ownWorktrees(folder)).filter((one) => one !== real);
  writeOwn(folder, left);
}

/**
 * Notes that a worker is about to make a worktree at `path`, and makes the folder around it. The function it resolves
 * with takes that back, for when nothing was made.
 *
 * @throws the operating system's error
 */
export async function noteOwn(folder: string, path: string): Promise<() => void> {
  await mkdir(dirname(path), { recursive: true });
  const real = await realPlace(path);
  const before = await ownWorktrees(folder);
  if (before.includes(real)) return () => {};
  writeOwn(folder, [...before, real]);
  return () => writeOwn(folder, before);
}

/** A file that says something else names no worktree: nothing is done in any then. */
async function ownWorktrees(folder: string): Promise<string[]> {
  try {
    const paths = pathsSchema.safeParse(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
    return paths.success ? paths.data : [];
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The real path of what is or was there, in a folder that exists. */
async function realPlace(path: string): Promise<string> {
  return join(await realpath(dirname(path)), basename(path));
}

function writeOwn(folder: string, paths: readonly string[]): void {
  replaceWhole(join(folder, FILE), JSON.stringify(paths));
}
