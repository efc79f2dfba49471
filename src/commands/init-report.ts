import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Outcome } from '../clients/local-files.ts';
import type { Request, WorktreePlan } from '../clients/plan.ts';
import { print, stdoutLook } from './output.ts';
import { renderDiff } from './render/diff.ts';
import { safeLine } from './render/safe-text.ts';

/** What `init` says: what it is about to change, and what it has done. */

/** Shows what a run of `init` is about to change. */
export function show(own: WorktreePlan, others: readonly WorktreePlan[], mode: Request['mode']): void {
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

/** What was done in one worktree. */
export function outcome({ worktree, steps }: WorktreePlan, mode: Request['mode']): string[] {
  const files = steps.map(({ change }) => shown(change.path, worktree)).join(', ');
  return [`${mode === 'add' ? 'Written' : 'Removed'} in ${safeLine(worktree)}: ${files}.`];
}

/** What is left to the user, for every client that was registered now. */
export function nextSteps({ steps }: WorktreePlan, { mode, clients }: Request): string[] {
  if (mode === 'remove') return [];
  const registered = clients.filter(({ name }) => steps.some(({ part }) => part.what === name));
  return registered.map(({ name, next }) => `${name}: ${next}`);
}

/** What git sees of the files now, where that is not what one would expect. */
export function whatGitSees({ excluded, hidden, visible, shared }: Outcome): string[] {
  const said = (names: readonly string[], sentence: (files: string) => string): string[] =>
    names.length === 0 ? [] : [sentence([...new Set(names)].map(safeLine).join(', '))];
  return [
    ...said(
      excluded,
      (files) =>
        `They hold paths of this machine, so git leaves them out of commits here (.git/info/exclude): ${files}.`,
    ),
    ...said(
      hidden,
      (files) =>
        `Git tracks them, and they hold paths of this machine now, so git is told to see no change in them here (skip-worktree): ${files}. To commit a registration or hooks of Claude Code on purpose, run init with --portable.`,
    ),
    ...said(
      visible,
      (files) =>
        `Git shows them as changed (they had changes of yours before, or this is a sparse checkout): ${files}. They hold paths of this machine now: run init with --remove before you commit them, or with --portable.`,
    ),
    ...said(
      shared,
      (files) => `They hold no paths of this machine any more, so git shows them again, to be committed: ${files}.`,
    ),
  ];
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
