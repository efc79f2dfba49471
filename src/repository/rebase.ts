import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where git keeps a rebase under way, by its two ways of doing one. */
const REBASE_FOLDERS = ['rebase-merge', 'rebase-apply'];
const BRANCH_PREFIX = 'refs/heads/';

/** A rebase under way. */
export interface Rebase {
  /** The branch that is being rebased; absent if the rebase began on a detached HEAD. */
  branch?: string;
}

/** The rebase under way in the worktree with this git directory; undefined if there is none. */
export async function rebaseIn(gitDir: string): Promise<Rebase | undefined> {
  for (const folder of REBASE_FOLDERS) {
    const name = await readFile(join(gitDir, folder, 'head-name'), 'utf8').catch(() => undefined);
    if (name?.startsWith(BRANCH_PREFIX)) return { branch: name.slice(BRANCH_PREFIX.length).trim() };
    if (name !== undefined) return {};
  }
  return undefined;
}
