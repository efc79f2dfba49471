import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import process from 'node:process';
import { CLIENTS, type ClientId } from '../clients/client.ts';
import { installedClients } from '../clients/detect.ts';
import { excludeMadeFiles } from '../clients/local-files.ts';
import { take } from '../clients/part.ts';
import { plan, type Request, type WorktreePlan } from '../clients/plan.ts';
import { type Installation, programOf, thisInstallation } from '../clients/program.ts';
import { UndoRecord } from '../clients/undo.ts';
import { consentNeeded, consentRefused, noClientFound, noWorktree } from '../errors/clients.ts';
import { canAsk, confirmed } from './ask.ts';
import { here } from './coordinator-link.ts';
import { report } from './exit.ts';
import { print, stdoutLook } from './output.ts';
import { renderDiff } from './render/diff.ts';
import { safeLine } from './render/safe-text.ts';

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
  const { own, others } = await plan(request, { worktree, commonDir, record }, { env: process.env });

  for (const problem of [own, ...others].flatMap(({ problems }) => problems)) report(problem);
  const { mode } = request;
  show(own, others, mode);
  const carried: WorktreePlan[] = [];
  try {
    if (own.steps.length > 0) {
      if (!(await agreed(options, mode === 'add' ? 'Write this?' : 'Remove this?'))) throw consentRefused();
      carried.push(own);
      carryOut([own], mode, record);
      print(...outcome(own, mode), ...nextSteps(own, request));
    }
    if (others.length === 0) return;
    const question = mode === 'add' ? 'Write it in these worktrees too?' : 'Remove it from these worktrees too?';
    if (!(await agreed(options, question))) return;
    carried.push(...others);
    carryOut(others, mode, record);
    print(...others.flatMap((other) => outcome(other, mode)));
  } finally {
    // What can be shared is the user's to commit.
    if (!request.portable) tellExcluded(excludeMadeFiles(commonDir, mode === 'remove' ? [own, ...others] : carried));
  }
}

function tellExcluded(names: readonly string[]): void {
  if (names.length === 0) return;
  const files = names.map(safeLine).join(', ');
  print(`They hold paths of this machine, so git leaves them out of commits here (.git/info/exclude): ${files}.`);
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

function carryOut(plans: readonly WorktreePlan[], mode: Request['mode'], record: UndoRecord): void {
  try {
    for (const { steps } of plans) for (const step of steps) take(step, mode, record);
  } finally {
    record.save();
  }
}

function show(own: WorktreePlan, others: readonly WorktreePlan[], mode: Request['mode']): void {
  const look = stdoutLook();
  for (const { part, change } of own.steps) {
    const how = change.before === undefined ? ', a new file' : change.after === undefined ? ', which goes' : '';
    print(
      look.paint(
        'bold',
        `${shown(change.path, own.worktree)} (${part.what}${how}${linked(change.path, own.worktree)})`,
      ),
      ...renderDiff(change.before, change.after, look),
      '',
    );
  }
  const isClean = own.steps.length === 0 && own.problems.length === 0;
  if (isClean) print(mode === 'add' ? 'All of it is in place here; nothing to change.' : 'Nothing to remove here.');
  if (others.length === 0) return;
  print(mode === 'add' ? 'Worktrees that lack it:' : 'Worktrees that have it:');
  for (const { worktree, steps } of others)
    print(`  ${safeLine(worktree)}: ${steps.map(({ change }) => shown(change.path, worktree)).join(', ')}`);
  print('');
}

function outcome({ worktree, steps }: WorktreePlan, mode: Request['mode']): string[] {
  const files = steps.map(({ change }) => shown(change.path, worktree)).join(', ');
  return [`${mode === 'add' ? 'Written' : 'Removed'} in ${safeLine(worktree)}: ${files}.`];
}

/** What is left to the user, for every client that was registered now. */
function nextSteps({ steps }: WorktreePlan, { mode, clients }: Request): string[] {
  if (mode === 'remove') return [];
  const registered = clients.filter(({ name }) => steps.some(({ part }) => part.what === name));
  return registered.map(({ name, next }) => `${name}: ${next}`);
}

/** A path as people read it in a worktree. */
function shown(path: string, worktree: string): string {
  const inside = relative(worktree, path);
  return safeLine(inside.startsWith(`..${sep}`) || isAbsolute(inside) ? path : inside);
}

/** What to add where links lead away from a path: a repository may hold links to anywhere. */
function linked(path: string, worktree: string): string {
  const there = existsSync(path) ? path : dirname(path);
  if (!existsSync(there)) return '';
  const real = realpathSync(there);
  const isPlain = real === resolve(realpathSync(worktree), relative(worktree, there));
  return isPlain ? '' : `, by a link in ${safeLine(there === path ? real : join(real, basename(path)))}`;
}
