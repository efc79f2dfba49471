import type { WorkerSettings } from '../config/worker-section.ts';
import { processesLeft } from '../errors/processes.ts';
import { noCommit, noNewCommit } from '../errors/worker.ts';
import { type Ended, type Job, runContained } from '../processes/contained.ts';
import { howEnded } from '../processes/how-ended.ts';
import { endLeftover } from '../processes/run-note.ts';
import type { Assignment } from '../protocol/work.ts';
import { commitOf, type Worktree } from '../repository/worktrees.ts';
import { type BranchFacts, lookAtBranch, refOf } from './branch.ts';
import { commandFor, environmentFor } from './command.ts';
import { forgetCommit, noteCommit, notedCommit } from './commit-notes.ts';
import { runFolder, type WorkerPlace, worktreePath } from './places.ts';
import { push } from './push.ts';
import { removeStaleLocks } from './stale-locks.ts';
import { ensureWorktree, knownWorktree } from './worktree.ts';

/** Where and how items are worked on. */
export interface AttemptContext {
  place: WorkerPlace;
  env: NodeJS.ProcessEnv;
  settings: WorkerSettings;
  /** The words that run an MCP server of this program, without `mcp`. */
  server: readonly string[];
  shouldPush: boolean;
  /** Processes that are to outlive the command, also if it has started them. */
  spared: () => readonly number[];
  /** Ends the attempt, and what it runs. */
  ending: AbortSignal;
  /** Has whatever is still asked to end be killed at once. */
  hurry: AbortSignal;
  /** Called once the command is about to run there. */
  onWorktree: (path: string) => void;
  onOutput: (chunk: Buffer) => void;
}

/**
 * What came of an attempt. `found`: an earlier run had done it. `unpushed`: it is done, and the next attempt needs
 * nothing but a push.
 */
export type Result =
  | { outcome: 'done'; commit: string; facts: BranchFacts; found: boolean }
  | { outcome: 'failed'; reason: string; output?: string; unpushed?: true };

const SECOND_MS = 1000;

/**
 * Works on an item once: prepares its worktree, runs the command there, and looks at what it has committed. Finished
 * work of a run that was broken off, or could not push it, is found instead of being done again. When this settles,
 * nothing that it has started is alive.
 *
 * Rejects with a PawError that says why it could not be worked on, or the reason of `ending`
 */
export async function attempt(assignment: Assignment, context: AttemptContext): Promise<Result> {
  const { place, env, spared, ending } = context;
  const { branch, base, interrupted } = assignment;
  const { commonDir } = place;
  const git = { env, signal: ending };
  const look = (worktree: Worktree | undefined): Promise<BranchFacts> =>
    lookAtBranch({ commonDir, branch, base, ...(worktree && { worktree }) }, git);

  ending.throwIfAborted();
  const folder = runFolder(place, assignment.item.id);
  const { found: wasCut, left } = await endLeftover({ folder, spared });
  if (left.length > 0) throw processesLeft(left);
  const path = worktreePath(place, context.settings.folder, branch);
  const at = { commonDir, branch, base, path, folder, root: place.root };
  const known = await knownWorktree(at, git);
  const kept = known?.state === 'there' ? known.worktree : undefined;
  if ((wasCut || interrupted) && known?.isOwn !== false)
    await removeStaleLocks({ commonDir, branch, worktree: kept }, ending);

  const finished = await notedCommit(folder, 'unpushed');
  if (interrupted || finished !== undefined) {
    const facts = await look(kept);
    const hasMore = facts.tip !== (await notedCommit(folder, 'begun'));
    const isClean = facts.isSettled && facts.uncommitted.length === 0;
    const isWhole = facts.tip === finished || (interrupted && hasMore && isClean);
    if (isWhole && shortfall(assignment, facts) === undefined)
      return deliver(assignment, facts, { found: true, folder, context });
  }

  if (!interrupted) noteCommit(folder, 'begun', (await commitOf(commonDir, refOf(branch), git)) ?? '');
  const worktree = await ensureWorktree(at, git);
  ending.throwIfAborted();
  context.onWorktree(worktree.path);
  const ended = await runCommand(assignment, worktree, folder, context);
  if (ended.code !== 0) {
    const reason = howEnded(ended, context.settings.timeoutSeconds);
    return { outcome: 'failed', reason, output: ended.output };
  }
  await forgetCommit(folder, 'begun');
  const facts = await look(worktree);
  const reason = shortfall(assignment, facts);
  if (reason !== undefined) return { outcome: 'failed', reason, output: ended.output };
  return deliver(assignment, facts, { found: false, folder, context });
}

/** Runs the command. If it was cut short, a git that was killed with it has left no lock there. */
async function runCommand(
  assignment: Assignment,
  worktree: Worktree,
  folder: string,
  context: AttemptContext,
): Promise<Ended> {
  const { place, env, settings, server, ending, hurry } = context;
  const { branch } = assignment;
  // What cannot be taken away is in the way of the next run, and says so there.
  const unlock = (): Promise<void> =>
    removeStaleLocks({ commonDir: place.commonDir, branch, worktree }, hurry).catch(() => undefined);
  try {
    const ended = await runContained({
      program: commandFor(assignment, { command: settings.command, server }),
      cwd: worktree.path,
      env: environmentFor(assignment, env),
      timeoutMs: settings.timeoutSeconds * SECOND_MS,
      ...containment(folder, context),
    });
    if (ended.endedBy !== undefined) await unlock();
    return ended;
  } catch (error) {
    if (ending.aborted && error === ending.reason) await unlock();
    throw error;
  }
}

function containment(
  folder: string,
  { ending, hurry, spared, onOutput }: AttemptContext,
): Pick<Job, 'folder' | 'signal' | 'hurry' | 'spared' | 'onOutput'> {
  return { folder, signal: ending, hurry, spared, onOutput };
}

/** Why a branch is nothing to be looked at; undefined if it is. */
function shortfall({ branch, rejected }: Assignment, { tip, ahead }: BranchFacts): string | undefined {
  if (tip === undefined || ahead === 0) return noCommit(branch);
  return rejected !== undefined && tip.startsWith(rejected) ? noNewCommit(branch) : undefined;
}

async function deliver(
  { branch }: Assignment,
  facts: BranchFacts,
  { found, folder, context }: { found: boolean; folder: string; context: AttemptContext },
): Promise<Result> {
  const { place, env, shouldPush } = context;
  const { tip: commit = '' } = facts;
  if (shouldPush) {
    noteCommit(folder, 'unpushed', commit);
    const why = await push({ commonDir: place.commonDir, branch, env, contained: containment(folder, context) });
    if (why !== undefined) return { outcome: 'failed', reason: why, unpushed: true };
  }
  await forgetCommit(folder, 'unpushed');
  return { outcome: 'done', commit, facts, found };
}
