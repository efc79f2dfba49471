import type { MovedFact, WatchedWorktree } from './facts.ts';
import type { History } from './history.ts';
import type { TipChange } from './tips.ts';

/** The base branch at one look. */
export interface Base {
  branch: string;
  /** Absent if there is no such branch. */
  tip?: string;
}

/**
 * The fact that tells of a change of a worktree's tip; undefined if it is none worth telling.
 *
 * @throws what `History` throws
 */
export async function describeMove(
  history: History,
  { path, branch, head }: WatchedWorktree,
  change: TipChange,
  base: Base,
): Promise<MovedFact | undefined> {
  if (head === undefined) return undefined;
  const lower = branch === base.branch ? undefined : base.tip;
  const fact = async (from: string | undefined): Promise<MovedFact> => ({
    kind: 'moved',
    worktree: path,
    ...(branch !== undefined && { branch }),
    tip: head,
    ...(from !== undefined && { from }),
    ...(await history.gained(from, head, lower)),
  });

  switch (change.kind) {
    case 'moved':
      return fact(change.from);
    case 'elsewhere': {
      if (change.since === head || !(await history.isNew(head, change.since, branch))) return undefined;
      // What was fetched and then checked out is new as well, and nobody's work here.
      if (await history.wasCheckedOut(path)) return undefined;
      const descends = change.since !== undefined && (await history.isAncestor(change.since, head));
      return fact(descends ? change.since : undefined);
    }
    case 'firstSight':
    case 'appeared': {
      // Without a branch to compare with, nothing there is known to be the worktree's own work.
      if (lower === undefined) {
        return { ...emptyMove(path, branch, head), firstSight: true };
      }
      const found = await fact(change.kind === 'appeared' ? change.from : undefined);
      const announced = change.kind === 'appeared' && found.commits.length > 0;
      return announced ? found : { ...found, firstSight: true };
    }
  }
}

function emptyMove(worktree: string, branch: string | undefined, tip: string): MovedFact {
  return { kind: 'moved', worktree, ...(branch !== undefined && { branch }), tip, commits: [], files: [] };
}
