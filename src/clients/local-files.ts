import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { setExcluded } from '../repository/exclude.ts';
import type { WorktreePlan } from './plan.ts';

/*
 * Files that `init` makes name this machine's Node and program, so they are nobody else's. Untracked, they would also
 * make every worktree look unfinished, and the same file in two of them look like a conflict.
 */

/**
 * Has git leave out the files that were made, by `info/exclude`, which holds for all worktrees; and no longer, once none
 * of these worktrees has them.
 * @returns the files that are left out now and were not before, from the root of a worktree
 */
export function excludeMadeFiles(commonDir: string, plans: readonly WorktreePlan[]): string[] {
  const made = namesOf(plans, ({ before, after }) => before === undefined && after !== undefined);
  for (const name of made) setExcluded(commonDir, `/${name}`, true);
  for (const name of namesOf(plans, ({ after }) => after === undefined)) {
    const isThere = plans.some(({ worktree }) => existsSync(join(worktree, name)));
    if (!isThere) setExcluded(commonDir, `/${name}`, false);
  }
  return made;
}

function namesOf(
  plans: readonly WorktreePlan[],
  is: (change: WorktreePlan['steps'][number]['change']) => boolean,
): string[] {
  const names = plans.flatMap(({ worktree, steps }) =>
    steps.filter(({ change }) => is(change)).map(({ change }) => relative(worktree, change.path)),
  );
  // Git hooks lie in the git directory, which is no worktree's.
  const inside = names.filter((name) => !name.startsWith('..') && !name.startsWith(`.git${sep}`));
  return [...new Set(inside.map((name) => name.split(sep).join('/')))];
}
