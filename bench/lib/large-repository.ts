import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestRepository } from '../../test/harness/repository.ts';

export const WORKTREES = 10;
const FILES = 20_000;
const FILES_PER_FOLDER = 20;
/** Files written at once by one burst. */
const BURST = 100;

/** Ten worktrees, the main one included, each with all the files. */
export async function largeRepository(
  repository: TestRepository,
): Promise<{ repository: TestRepository; worktrees: string[] }> {
  for (let made = 0; made < FILES; made += FILES_PER_FOLDER) {
    await mkdir(dirname(join(repository.main, fileAt(made, 0))), { recursive: true });
    const files = Array.from({ length: FILES_PER_FOLDER }, (_, index) => fileAt(made, index));
    await Promise.all(files.map((file) => writeFile(join(repository.main, file), `export const name = '${file}';\n`)));
  }
  await repository.git(repository.main, 'add', '--all');
  await repository.git(repository.main, 'commit', '--quiet', '--message', 'many files');
  const worktrees = [repository.main];
  while (worktrees.length < WORKTREES) worktrees.push(await repository.addWorktree(`agent-${worktrees.length}`));
  return { repository, worktrees };
}

/** The path of a file, given the number of the first one in its folder and its place there. */
function fileAt(first: number, place: number): string {
  return join(`package-${Math.floor(first / 1000)}`, 'src', `folder-${first}`, `file-${first + place}.ts`);
}

/** Saves a file of a worktree, another one for each number up to twenty. */
export async function save(worktree: string, number: number): Promise<void> {
  await appendFile(join(worktree, fileAt(0, number % FILES_PER_FOLDER)), '// changed\n');
}

/** Writes to many files of a worktree at once. */
export async function burst(worktree: string): Promise<void> {
  const files = Array.from({ length: BURST }, (_, index) => join(worktree, 'burst', `${index}.txt`));
  await mkdir(dirname(files[0] ?? worktree), { recursive: true });
  await Promise.all(files.map((file) => appendFile(file, 'x\n')));
}
