import * as errors from '../errors/git-hooks.ts';
import { toPawError } from '../errors/paw-error.ts';
import type { GuardAnswer } from '../protocol/guard.ts';
import { stateFolder } from '../repository/layout.ts';
import { askGuard } from './ask-guard.ts';
import { branchExists, type HookPlace, type HookSurroundings, hookPlace, stagedPaths } from './commit-facts.ts';
import type { GitHook } from './hook-script.ts';

/** The longest a hook holds up a commit or a push, in milliseconds. */
export const GIT_HOOK_WAIT_MS = 2000;

/** What a hook comes to. */
export interface Verdict {
  /** Why it must not be; absent if it may. */
  refused?: string;
  /** What is worth saying in either case. */
  warnings: string[];
}

/**
 * Whether git may go on. It may whenever that cannot be found out, with a warning; and always in the main worktree,
 * which is a person's.
 */
export async function runGitHook(hook: GitHook, surroundings: Omit<HookSurroundings, 'signal'>): Promise<Verdict> {
  const at = { ...surroundings, signal: AbortSignal.timeout(GIT_HOOK_WAIT_MS) };
  let place: HookPlace | undefined;
  try {
    place = await hookPlace(at);
    if (place === undefined) return { warnings: [] };
    return hook === 'pre-commit' ? await judgeCommit(place, at) : await judgePush(place, at);
  } catch (error) {
    // A person need not be told that no agents are at work.
    if (place?.isMain === true) return { warnings: [] };
    const why = at.signal.aborted ? errors.guardTimedOut(GIT_HOOK_WAIT_MS) : toPawError(error);
    return { warnings: [errors.notGuarded(hook, why.message)] };
  }
}

async function judgeCommit(place: HookPlace, at: HookSurroundings): Promise<Verdict> {
  const { worktree, commonDir, branch, underWay, isMain } = place;
  const paths = await stagedPaths(at);
  const question = { worktree, paths, ...(branch !== undefined && { branch }) };
  const answer = await askGuard(stateFolder(commonDir), question, at.signal);
  if (isMain) return judgePaths(answer, 'this is the main worktree');
  const excuse = underWay ?? (branch === undefined ? 'detached HEAD' : undefined);
  return together(judgePaths(answer, excuse), await judgeBranch(answer, place, at));
}

/** @param excuse why the commit may be made in spite of claims, such as `merge` */
function judgePaths({ blocked }: GuardAnswer, excuse: string | undefined): Verdict {
  if (blocked.length === 0) return { warnings: [] };
  if (excuse !== undefined) return { warnings: [errors.claimedByOthers(blocked, excuse)] };
  return { refused: errors.commitRefused(blocked), warnings: [] };
}

/** A branch that was renamed is no other branch: the one it was called does not exist any more. */
async function judgeBranch(
  { agent, branch: mode }: GuardAnswer,
  place: HookPlace,
  at: HookSurroundings,
): Promise<Verdict> {
  const { branch } = place;
  if (agent === undefined || branch === undefined || mode === 'off') return { warnings: [] };
  for (const own of agent.branches) {
    if (!(await branchExists(own, place, at))) continue;
    const stray = { branch, agent: agent.id, own };
    return mode === 'block'
      ? { refused: errors.branchRefused(stray), warnings: [] }
      : { warnings: [errors.otherBranch(stray)] };
  }
  return { warnings: [] };
}

async function judgePush({ worktree, commonDir, isMain }: HookPlace, at: HookSurroundings): Promise<Verdict> {
  const { push } = await askGuard(stateFolder(commonDir), { worktree, paths: [] }, at.signal);
  return push === 'block' && !isMain ? { refused: errors.pushRefused(), warnings: [] } : { warnings: [] };
}

function together(...verdicts: Verdict[]): Verdict {
  const refusals = verdicts.flatMap(({ refused }) => refused ?? []);
  const warnings = verdicts.flatMap((one) => one.warnings);
  return { warnings, ...(refusals.length > 0 && { refused: refusals.join('\n') }) };
}
