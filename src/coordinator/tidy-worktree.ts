import type { WorkAnswer, WorkItemView } from '../protocol/work.ts';
import { git } from '../repository/git.ts';
import { listWorktrees } from '../repository/worktrees.ts';
import { isMadeForItem } from '../state/work/item-branch.ts';
import type { Desk } from './desk.ts';

/** How long git may take to remove a worktree, in milliseconds: it deletes every file in it. */
const REMOVE_MAX_MS = 60_000;

/**
 * Removes the worktree that a headless worker made for an item, now that the item is archived. Only one that is clean
 * and whose branch is merged goes, and only one that nobody works in; its branch stays. Worktrees that people made
 * are none of its business.
 * @returns what became of it; undefined if there is none
 */
export async function tidyWorktree(
  { repository, engine }: Pick<Desk, 'repository' | 'engine'>,
  item: WorkItemView,
  signal: AbortSignal,
): Promise<WorkAnswer['worktree']> {
  if (!isMadeForItem(item)) return undefined;
  const { branch } = item;
  const { commonDir, env } = repository;
  const options = { env, signal };
  const worktree = (await listWorktrees(commonDir, options)).find((one) => one.branch === branch);
  if (!worktree) return undefined;
  const { path } = worktree;
  const kept = (why: string): WorkAnswer['worktree'] => ({ path, removed: false, why });
  const lives = [...engine.state.agents.values()].some(
    ({ id, worktree: home }) => home === path && (engine.state.volatile.presence.get(id)?.connections ?? 0) > 0,
  );
  if (lives) return kept('an agent is at work in it');
  const changes = await git(path, ['status', '--porcelain', '--untracked-files=all'], options);
  if (changes.code !== 0) return kept(changes.stderr.trim());
  if (changes.stdout !== '') return kept('it has changes that are not committed');
  const base = `refs/heads/${engine.state.base}`;
  const merged = await git(commonDir, ['merge-base', '--is-ancestor', `refs/heads/${branch}`, base], options);
  if (merged.code !== 0) return kept(`its branch ${branch} is not merged into ${engine.state.base}`);
  const removed = await git(commonDir, ['worktree', 'remove', '--', path], { ...options, timeoutMs: REMOVE_MAX_MS });
  if (removed.code !== 0) return kept(removed.stderr.trim());
  await repository.refresh();
  return { path, removed: true };
}
