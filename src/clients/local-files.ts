import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { setExcluded } from '../repository/exclude.ts';
import type { GitOptions } from '../repository/git.ts';
import { changedFiles, setHidden, trackedFiles } from '../repository/tracked.ts';
import type { Part } from './part.ts';
import type { WorktreePlan } from './plan.ts';
import { readText } from './text-file.ts';
import type { UndoRecord } from './undo.ts';

/*
 * Files into which `init` has put paths of this machine are nobody else's. Seen by git, they would be committed with
 * the next `commit -a`, make every worktree look unfinished, and the same file in two of them look like a conflict.
 */

/** A file that `init` is about, and what git had of it before. */
interface LocalFile {
  part: Part;
  name: string;
  isTracked: boolean;
  /** Git sees a change in it, which is the user's. */
  isChanged: boolean;
  /** Who told git to see no change in it. */
  hiddenBy?: 'init' | 'user';
}

export interface Survey {
  worktree: string;
  files: LocalFile[];
}

/** What git sees of files now; lists of names from the root of a worktree. */
export interface Outcome {
  /** Left out by `info/exclude`. */
  excluded: string[];
  /** Tracked, and git sees no change in them. */
  hidden: string[];
  /** Tracked, and shown as changed: they had been changed before. */
  visible: string[];
  /** Shown again, since they can be shared. */
  shared: string[];
}

/** Finds out what git has of the files of these plans. To be called before they are changed. */
export async function survey(
  plans: readonly WorktreePlan[],
  record: UndoRecord,
  options: GitOptions,
): Promise<Survey[]> {
  const surveys: Survey[] = [];
  // One after the other: there may be fifty worktrees.
  for (const { worktree, parts } of plans) {
    const named = parts.flatMap((part) => {
      const name = nameIn(worktree, part.path);
      return name === undefined ? [] : [{ part, name }];
    });
    const tracked = await trackedFiles(worktree, namesOf(named), options);
    const changed = await changedFiles(worktree, namesOf(tracked), options);
    const files = named.map(({ part, name }): LocalFile => {
      const known = tracked.find((one) => one.name === name);
      const hiddenBy = record.isHidden(part.path) ? 'init' : 'user';
      return {
        part,
        name,
        isTracked: known !== undefined,
        isChanged: changed.includes(name),
        ...(known?.hidden === true && { hiddenBy }),
      };
    });
    surveys.push({ worktree, files });
  }
  return surveys;
}

/**
 * Keeps from git what names this machine now, and shows it what does not any more. What was tracked is hidden in each
 * worktree by itself, the rest by `info/exclude`, which holds for all of them.
 *
 * @param written the files that were written just now; of others only what is needless is taken back
 */
export async function keepFromGit(
  surveys: readonly Survey[],
  { commonDir, record, written }: { commonDir: string; record: UndoRecord; written: ReadonlySet<string> },
  options: GitOptions,
): Promise<Outcome> {
  const outcome: Outcome = { excluded: [], hidden: [], visible: [], shared: [] };
  const all = surveys.flatMap(({ files }) => files);
  const local = new Set(all.filter(({ part }) => namesMachine(part)));
  for (const { worktree, files } of surveys) {
    const fresh = files.filter((file) => file.isTracked && local.has(file) && written.has(file.part.path));
    const mine = fresh.filter(({ isChanged, hiddenBy }) => !isChanged && hiddenBy !== 'user');
    await setHidden(worktree, namesOf(mine), true, options);
    for (const { part } of mine) record.setHidden(part.path, true);
    // With a sparse checkout git drops the mark at once.
    const still = await changedFiles(worktree, namesOf(mine), options);
    outcome.hidden.push(...namesOf(mine).filter((name) => !still.includes(name)));
    outcome.visible.push(...still, ...namesOf(fresh.filter(({ isChanged }) => isChanged)));

    const free = files.filter((file) => file.hiddenBy === 'init' && !local.has(file));
    await setHidden(worktree, namesOf(free), false, options);
    for (const { part } of free) record.setHidden(part.path, false);
    outcome.shared.push(...namesOf(free.filter(({ part }) => written.has(part.path) && isIn(part))));
  }
  for (const file of local) {
    const isOurs = !file.isTracked && written.has(file.part.path) && record.origin(file.part.path).made;
    if (!isOurs) continue;
    setExcluded(commonDir, `/${file.name}`, true);
    outcome.excluded.push(file.name);
  }
  const names = new Set(namesOf(all));
  for (const { name } of local) names.delete(name);
  for (const name of names) {
    const wasExcluded = setExcluded(commonDir, `/${name}`, false);
    if (wasExcluded && all.some((file) => file.name === name && isIn(file.part))) outcome.shared.push(name);
  }
  return outcome;
}

function namesOf(files: readonly { name: string }[]): string[] {
  return files.map(({ name }) => name);
}

/** The name of a file from the root of a worktree, links followed; undefined if it is not one of its files. */
function nameIn(worktree: string, path: string): string | undefined {
  const name = relative(realPath(worktree), realPath(path)).split(sep).join('/');
  // Hooks of git lie in its directory, which is no worktree's.
  return name.startsWith('..') || name.startsWith('.git/') ? undefined : name;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return join(realPath(dirname(path)), basename(path));
  }
}

function namesMachine(part: Part): boolean {
  const text = textOf(part);
  return text !== undefined && part.namesMachine(text);
}

/** Whether a part is in its file. */
function isIn(part: Part): boolean {
  const text = textOf(part);
  return text !== undefined && part.state(text) !== 'absent';
}

/** What cannot be read was not written either, and is reported elsewhere. */
function textOf({ path }: Part): string | undefined {
  try {
    return readText(path);
  } catch {
    return undefined;
  }
}
