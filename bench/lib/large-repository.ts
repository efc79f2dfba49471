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
    const folder = join(repository.main, `package-${Math.floor(made / 1000)}`, 'src', `folder-${made}`);
    await mkdir(folder, { recursive: true });
    const names = Array.from({ length: FILES_PER_FOLDER }, (_, index) => `file-${made + index}.ts`);
    await Promise.all(names.map((name) => writeFile(join(folder, name), `export const name = '${name}';\n`)));
  }
  await repository.git(repository.main, 'add', '--all');
  await repository.git(repository.main, 'commit', '--quiet', '--message', 'many files');
  const worktrees = [repository.main];
  while (worktrees.length < WORKTREES) worktrees.push(await repository.addWorktree(`agent-${worktrees.length}`));
  return { repository, worktrees };
}

/** Writes to many files of a worktree at once. */
export async function burst(worktree: string): Promise<void> {
  const files = Array.from({ length: BURST }, (_, index) => join(worktree, 'burst', `${index}.txt`));
  await mkdir(dirname(files[0] ?? worktree), { recursive: true });
  await Promise.all(files.map((file) => appendFile(file, 'x\n')));
}
