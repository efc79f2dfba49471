import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryGone, stateFolderUnusable } from '../errors/storage.ts';
import { errorCode } from './error-code.ts';
import { syncFolder } from './sync-folder.ts';

/** What the ids of work items are made of; anything else would not be the name of a folder. */
const NOT_IN_NAMES = /[^\w.-]/g;
/** Mode of a folder for its user alone, and the rights of everybody else. */
const OWNER_ONLY = 0o700;
const OTHERS = 0o077;

/** Where everything in the state folder lies; absolute paths. */
export interface StateLayout {
  /** The folder itself: `<git common dir>/paw`. */
  folder: string;
  /** The snapshot in use. */
  snapshot: string;
  /** The snapshot before it, kept until the next one is made. */
  previousSnapshot: string;
  /** A snapshot that is being made; never read. */
  nextSnapshot: string;
  /** Journal segments. */
  journal: string;
  /** Copies of whatever could not be read. */
  damaged: string;
  log: string;
}

/** The state folder of the repository with this git common directory. */
export function stateFolder(commonDir: string): string {
  return join(commonDir, 'paw');
}

export function layoutOf(stateDir: string): StateLayout {
  return {
    folder: stateDir,
    snapshot: join(stateDir, 'state.json'),
    previousSnapshot: join(stateDir, 'state.previous.json'),
    nextSnapshot: join(stateDir, 'state.next.json'),
    journal: join(stateDir, 'journal'),
    damaged: join(stateDir, 'damaged'),
    log: join(stateDir, 'coordinator.log'),
  };
}

/**
 * The file of the configuration: at the root of the main worktree, or in the state folder of a bare repository, which
 * has no worktree of its own to hold it.
 */
export function configFile(stateDir: string, root: string | undefined): string {
  return root === undefined ? join(stateDir, 'config.json') : join(root, '.paw', 'config.json');
}

/** The folder in which notes and output of a work item's runs by headless workers are kept. */
export function runsFolder(stateDir: string, item: string): string {
  return join(stateDir, 'worker', folderName(item));
}

/** A name for a folder that stays in the one it is made in. */
export function folderName(text: string): string {
  return text.replace(NOT_IN_NAMES, '-').replace(/^\.+/, '');
}

/** The election file of the `n`th coordinator. */
export function electionFile(stateDir: string, n: number): string {
  return join(stateDir, `coordinator.${n}`);
}

/** The number in an election file's name, or undefined for any other name. */
export function electionNumber(name: string): number | undefined {
  const digits = /^coordinator\.([1-9]\d{0,14})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A journal segment is named for the coordinator that wrote it and the first record it may hold. */
export interface SegmentName {
  term: number;
  first: number;
}

export function segmentFileName({ term, first }: SegmentName): string {
  return `${String(term).padStart(6, '0')}-${String(first).padStart(12, '0')}.jsonl`;
}

/** What a segment's file name says, or undefined for any other name. */
export function parseSegmentFileName(name: string): SegmentName | undefined {
  const match = /^(\d{6,15})-(\d{12,15})\.jsonl$/.exec(name);
  return match ? { term: Number(match[1]), first: Number(match[2]) } : undefined;
}

/**
 * Creates the state folder and its journal folder, for this user only, so that they survive a power cut.
 *
 * @throws PawError `environment` if that is not possible
 */
export function createStateFolder(stateDir: string): StateLayout {
  const layout = layoutOf(stateDir);
  try {
    createPrivateFolder(layout.folder);
    createPrivateFolder(layout.journal);
  } catch (error) {
    if (!existsSync(dirname(stateDir))) throw repositoryGone(dirname(stateDir), error);
    throw stateFolderUnusable(stateDir, error);
  }
  return layout;
}

/** Creates `folder` with mode 0700 in a parent that exists. One that is there and this user's is closed to others. */
export function createPrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: OWNER_ONLY });
  } catch (error) {
    const stats = errorCode(error) === 'EEXIST' ? statSync(folder) : undefined;
    if (stats?.isDirectory() !== true) throw error;
    if (stats.uid === process.getuid?.() && (stats.mode & OTHERS) !== 0) chmodSync(folder, OWNER_ONLY);
    return;
  }
  syncFolder(dirname(folder));
}
