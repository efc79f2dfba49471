import { dirname } from 'node:path';
import process from 'node:process';
import { CLIENTS, type ClientId } from '../clients/client.ts';
import { installedClients } from '../clients/detect.ts';
import { keepFromGit, survey } from '../clients/local-files.ts';
import { take } from '../clients/part.ts';
import { plan, type Request, type WorktreePlan } from '../clients/plan.ts';
import { type Installation, programOf, thisInstallation } from '../clients/program.ts';
import { UndoRecord } from '../clients/undo.ts';
import { consentNeeded, consentRefused, hooksNotReached, noClientFound, noWorktree } from '../errors/clients.ts';
import { canAsk, confirmed } from './ask.ts';
import { here } from './coordinator-link.ts';
import { report } from './exit.ts';
import { nextSteps, outcome, show, whatGitSees } from './init-report.ts';
import { print } from './output.ts';

export interface InitOptions {
  client?: ClientId[];
  hooks?: boolean;
  gitHooks?: boolean;
  remove?: boolean;
  yes?: boolean;
  portable?: boolean;
}

/** `paw-coordinator init`: registers the server where each client looks, with hooks if asked, and takes it back. */
export async function init(options: InitOptions): Promise<void> {
  const { worktree, commonDir, stateDir } = await here();
  if (worktree === undefined) throw noWorktree(process.cwd());
  const installation = thisInstallation();
  const record = new UndoRecord(stateDir, dirname(installation.bundle));
  const request = requestOf(options, worktree, installation, record);
  const git = { env: process.env };
  const planned = await plan(request, { worktree, commonDir, record }, git);
  const { own } = planned;
  const others = planned.others.filter(({ steps }) => steps.length > 0);

  for (const problem of [own, ...others].flatMap(({ problems }) => problems)) report(problem);
  const { mode } = request;
  show(own, others, mode);
  const surveys = await survey([own, ...planned.others], record, git);
  const written = new Set<string>();
  try {
    if (own.steps.length > 0) {
      if (!(await agreed(options, mode === 'add' ? 'Write this?' : 'Remove this?'))) throw consentRefused();
      carryOut([own], mode, record, written);
      print(...outcome(own, mode), ...nextSteps(own, request));
    }
    if (others.length === 0) return;
    const question = mode === 'add' ? 'Write it in these worktrees too?' : 'Remove it from these worktrees too?';
    if (!(await agreed(options, question))) return;
    carryOut(others, mode, record, written);
    print(...others.flatMap((other) => outcome(other, mode)));
  } finally {
    const unreached = [own, ...planned.others].filter(({ isUnreached }) => isUnreached);
    const isThere = mode === 'add' && (written.size > 0 || own.steps.length === 0);
    if (isThere && unreached.length > 0) report(hooksNotReached(unreached.map((one) => one.worktree)));
    try {
      const notes = whatGitSees(await keepFromGit(surveys, { commonDir, record, written }, git));
      if (notes.length > 0) print(...notes);
    } finally {
      record.save();
    }
  }
}

function requestOf(options: InitOptions, worktree: string, installation: Installation, record: UndoRecord): Request {
  const { client: named = [], hooks = false, gitHooks = false, remove = false, portable = false } = options;
  const { env } = installation;
  const common = { program: programOf(installation, { portable }), portable, env, installations: record.programs() };
  const chosen = CLIENTS.filter(({ id }) => named.includes(id));
  if (remove) {
    const isAll = named.length === 0 && !hooks && !gitHooks;
    const clients = isAll ? CLIENTS : chosen;
    return { ...common, mode: 'remove', clients, claudeHooks: hooks || isAll, gitHooks: gitHooks || isAll };
  }
  const installed = installedClients(worktree, env);
  // Hooks without the server would have nobody to speak for.
  const found = CLIENTS.filter((one) => installed.includes(one) || (hooks && one.id === 'claude-code'));
  const clients = named.length > 0 ? chosen : found;
  if (clients.length === 0 && !gitHooks) throw noClientFound(CLIENTS.map(({ id }) => id));
  return { ...common, mode: 'add', clients, claudeHooks: hooks, gitHooks };
}

/** Whether the user wants it: said with `--yes`, or when asked. Throws `PawError` if nobody can be asked. */
async function agreed({ yes }: InitOptions, question: string): Promise<boolean> {
  if (yes === true) return true;
  if (!canAsk()) throw consentNeeded();
  return confirmed(question);
}

/** @param written is given the files of the steps that were taken, also of those before one that failed */
function carryOut(
  plans: readonly WorktreePlan[],
  mode: Request['mode'],
  record: UndoRecord,
  written: Set<string>,
): void {
  try {
    for (const step of plans.flatMap(({ steps }) => steps)) {
      take(step, mode, record);
      written.add(step.change.path);
    }
  } finally {
    record.save();
  }
}
