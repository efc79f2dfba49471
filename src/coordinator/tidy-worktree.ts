import type { WorkAnswer, WorkItemView } from '../protocol/work.ts';
import { git } from '../repository/git.ts';
import { runsFolder, stateFolder } from '../repository/layout.ts';
import { forgetOwn, isOwn } from '../repository/own-worktrees.ts';
import { listWorktrees, type Worktree } from '../repository/worktrees.ts';
import { isMadeForItem } from '../state/work/item-branch.ts';
import type { Desk } from './desk.ts';

/** How long git may take to remove a worktree, in milliseconds: it deletes every file in it. */
const REMOVE_MAX_MS = 60_000;

type Tidied = NonNullable<WorkAnswer['worktree']>;
type TidyDesk = Pick<Desk, 'repository' | 'engine'>;

/**
 * Removes the worktrees that headless workers have made for an item, now that it is archived, wherever it was finished
 * in the end. Only what is clean and merged goes, and only where nobody works; branches stay. A worktree of the item's
 * branch that no worker has made is somebody's, and only named.
 * @returns what became of it, or of the one that was left; undefined if there is none
 */
export async function tidyWorktree(
  desk: TidyDesk,
  item: WorkItemView,
  signal: AbortSignal,
): Promise<Tidied | undefined> {
  const { commonDir, env } = desk.repository;
  const folder = runsFolder(stateFolder(commonDir), item.id);
  const tidied: Tidied[] = [];
  const worktrees = await listWorktrees(commonDir, { env, signal });
  for (const worktree of worktrees) {
    const { path } = worktree;
    if (!(await isOwn(folder, path))) continue;
    const why = await remove(desk, worktree, signal);
    if (why === undefined) await forgetOwn(folder, path);
    tidied.push({ path, removed: why === undefined, ...(why === undefined ? {} : { why }) });
  }
  if (tidied.some(({ removed }) => removed)) await desk.repository.refresh();
  if (tidied.length > 0) return tidied.find(({ removed }) => !removed) ?? tidied[0];
  const foreign = isMadeForItem(item) && worktrees.find(({ branch }) => branch === item.branch);
  if (!foreign) return undefined;
  return { path: foreign.path, removed: false, why: 'no worker has made it' };
}

/** Removes a worktree if nothing of value is in it; else says why not, in words that follow "it was left". */
async function remove(
  { repository, engine }: TidyDesk,
  { path, branch, head = '' }: Worktree,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { commonDir, env } = repository;
  const options = { env, signal };
  const lives = [...engine.state.agents.values()].some(
    ({ id, worktree: home }) => home === path && (engine.state.volatile.presence.get(id)?.connections ?? 0) > 0,
  );
  if (lives) return 'an agent is at work in it';
  const changes = await git(path, ['status', '--porcelain', '--untracked-files=all'], options);
  if (changes.code !== 0) return changes.stderr.trim();
  if (changes.stdout !== '') return 'it has changes that are not committed';
  const tip = branch === undefined ? head : `refs/heads/${branch}`;
  const merged = await git(commonDir, ['merge-base', '--is-ancestor', tip, `refs/heads/${engine.state.base}`], options);
  if (merged.code !== 0) {
    const what = branch === undefined ? 'the commit in it' : `its branch ${branch}`;
    return `${what} is not merged into ${engine.state.base}`;
  }
  const removed = await git(commonDir, ['worktree', 'remove', '--', path], { ...options, timeoutMs: REMOVE_MAX_MS });
  return removed.code === 0 ? undefined : removed.stderr.trim();
}
