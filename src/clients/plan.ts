import { resolve } from 'node:path';
import { PawError } from '../errors/paw-error.ts';
import type { GitOptions } from '../repository/git.ts';
import { listWorktrees } from '../repository/worktrees.ts';
import type { Client } from './client.ts';
import { gitHookParts } from './git-hooks.ts';
import { type Part, type Step, stepToAdd, stepToRemove } from './part.ts';
import { claudeHooksPart, registrationPart, type Wanted } from './parts.ts';
import type { UndoRecord } from './undo.ts';

/** What is to be added to worktrees, or removed from them. */
export interface Request extends Wanted {
  mode: 'add' | 'remove';
  clients: readonly Client[];
  claudeHooks: boolean;
  gitHooks: boolean;
}

/** What a request comes to in one worktree. */
export interface WorktreePlan {
  /** Root of the worktree. */
  worktree: string;
  /** All it is about, also what needs no step. */
  parts: Part[];
  steps: Step[];
  /** What cannot be done, and why. */
  problems: PawError[];
  /** Git runs no hooks in this worktree, though they are in their files. */
  isUnreached: boolean;
}

export interface Repository {
  worktree: string;
  commonDir: string;
  record: UndoRecord;
}

/** What is to be done in the worktree, and in each of the others of its repository. Changes nothing. */
export async function plan(
  request: Request,
  { worktree, commonDir, record }: Repository,
  options: GitOptions,
): Promise<{ own: WorktreePlan; others: WorktreePlan[] }> {
  const root = resolve(worktree);
  const listed = (await listWorktrees(commonDir, options)).map(({ path }) => path);
  const seen = new Set<string>();
  const planFor = async (path: string): Promise<WorktreePlan> => {
    const { parts, ...rest } = await partsOf(request, path, commonDir, options);
    // The git hooks of a repository are usually the same files for all worktrees.
    const fresh = parts.filter((part) => !seen.has(part.path));
    for (const part of fresh) seen.add(part.path);
    return withSteps({ worktree: path, parts: fresh, steps: [], ...rest }, request.mode, record);
  };
  const own = await planFor(root);
  const others: WorktreePlan[] = [];
  for (const path of listed.filter((other) => other !== root)) others.push(await planFor(path));
  return { own, others };
}

async function partsOf(
  request: Request,
  worktree: string,
  commonDir: string,
  options: GitOptions,
): Promise<Pick<WorktreePlan, 'parts' | 'problems' | 'isUnreached'>> {
  const { mode, clients, claudeHooks, gitHooks, program } = request;
  const parts = clients.map((client) => registrationPart(client, worktree, request));
  if (claudeHooks) parts.push(claudeHooksPart(worktree, request));
  if (!gitHooks) return { parts, problems: [], isUnreached: false };
  try {
    const hooks = await gitHookParts(worktree, commonDir, program.absolute, options);
    return { parts: [...parts, ...hooks.parts], problems: [], isUnreached: hooks.isUnreached };
  } catch (error) {
    if (!(error instanceof PawError)) throw error;
    // Where nothing was put, nothing is to be removed.
    return { parts, problems: mode === 'add' ? [error] : [], isUnreached: false };
  }
}

/** A file that cannot be changed is a problem of its own and holds up no other. */
function withSteps(plan: WorktreePlan, mode: Request['mode'], record: UndoRecord): WorktreePlan {
  const steps: Step[] = [];
  const found: PawError[] = [...plan.problems];
  for (const part of plan.parts) {
    try {
      const step = mode === 'add' ? stepToAdd(part, record) : stepToRemove(part, record);
      if (step !== undefined) steps.push(step);
    } catch (error) {
      if (!(error instanceof PawError)) throw error;
      found.push(error);
    }
  }
  return { ...plan, steps, problems: found };
}
