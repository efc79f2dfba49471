import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where git keeps a rebase under way, by its two ways of doing one. */
const REBASE_FOLDERS = ['rebase-merge', 'rebase-apply'];
const BRANCH_PREFIX = 'refs/heads/';

/**
 * The branch that is being rebased in the worktree with this git directory; undefined if none is, or if the
 * rebase began on a detached HEAD.
 */
export async function rebasedBranch(gitDir: string): Promise<string | undefined> {
  for (const folder of REBASE_FOLDERS) {
    const name = await readFile(join(gitDir, folder, 'head-name'), 'utf8').catch(() => '');
    if (name.startsWith(BRANCH_PREFIX)) return name.slice(BRANCH_PREFIX.length).trim();
  }
  return undefined;
}
