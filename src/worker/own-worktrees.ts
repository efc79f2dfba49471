import { mkdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { replaceWhole } from '../repository/atomic-file.ts';
import { errorCode } from '../repository/error-code.ts';

/*
 * A file in the folder of an item's runs that names the worktrees which workers have made for it, by their real paths.
 * Any other worktree is somebody's, whatever is checked out there. A path is noted before git makes anything there, so
 * that a worker that is killed meanwhile leaves none that nobody knows.
 */

const FILE = 'worktrees.json';

const pathsSchema = z.array(z.string());

/** Whether a worker has made the worktree at `path`, which need not exist any more. */
export async function isOwn(folder: string, path: string): Promise<boolean> {
  return (await readOwn(folder)).includes(await realpath(path).catch(() => path));
}

/**
 * Notes that a worker is about to make a worktree at `path`, and makes the folder around it. The function it resolves
 * with takes that back, for when nothing was made.
 *
 * @throws the operating system's error
 */
export async function noteOwn(folder: string, path: string): Promise<() => void> {
  await mkdir(dirname(path), { recursive: true });
  const real = join(await realpath(dirname(path)), basename(path));
  const before = await readOwn(folder);
  if (before.includes(real)) return () => {};
  writeOwn(folder, [...before, real]);
  return () => writeOwn(folder, before);
}

/** A file that says something else names no worktree: nothing is worked on there. */
async function readOwn(folder: string): Promise<string[]> {
  try {
    const paths = pathsSchema.safeParse(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
    return paths.success ? paths.data : [];
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function writeOwn(folder: string, paths: readonly string[]): void {
  replaceWhole(join(folder, FILE), JSON.stringify(paths));
}
