import { dirname } from 'node:path';
import { type FileChange, makeChange, readText, refuseDeadLinks, removeIfEmpty } from './text-file.ts';
import type { Original, UndoRecord } from './undo.ts';

/** One thing that `init` puts into one file. */
export interface Part {
  /** Absolute path. */
  path: string;
  /** What it is, for people. */
  what: string;
  /** The file is a script that others run. */
  executable?: boolean;
  /** Whether the text holds it already, and if so, whether it can stay as it is. */
  state(text: string): 'absent' | 'stale' | 'good';
  /** Whether it is in the text, and names paths of this machine there. */
  namesMachine(text: string): boolean;
  /** The text with it. Throws `PawError` if that cannot be. */
  add(text: string): string;
  /** The text without it. Throws `PawError` if that cannot be. */
  remove(text: string): string;
  /** Whether a text says nothing, so that a file which was made for it can go. */
  isEmpty(text: string): boolean;
}

/** What is to be done to a file, and what remains known of it. */
export interface Step {
  part: Part;
  change: FileChange;
  /** What was there before ours was, or would be without it. */
  original: Original;
}

/** How to bring a part into its file; undefined if it is there. Throws `PawError` if that cannot be. */
export function stepToAdd(part: Part, record: UndoRecord): Step | undefined {
  const { path, executable = false } = part;
  const text = readText(path);
  if (text === undefined) refuseDeadLinks(path);
  const state = text === undefined ? 'absent' : part.state(text);
  if (state === 'good') return undefined;
  const known = record.originalOf(path, text);
  const base = known === undefined ? text : known.text;
  const change = { path, before: text, after: part.add(base ?? ''), executable };
  if (change.after === text) return undefined;
  if (known !== undefined) return { part, change, original: known };
  // Without a record nobody knows what was there before what is stale now; what remains without it is the nearest.
  const original = text !== undefined && state === 'stale' ? remainder(part, text, record) : { text, folder: false };
  return { part, change, original };
}

/** How to take a part out of its file; undefined if it is not there. Throws `PawError` if that cannot be. */
export function stepToRemove(part: Part, record: UndoRecord): Step | undefined {
  const { path } = part;
  const text = readText(path);
  if (text === undefined || part.state(text) === 'absent') return undefined;
  const original = record.originalOf(path, text) ?? remainder(part, text, record);
  return { part, change: { path, before: text, after: original.text }, original };
}

/** What is left of a file that others have changed too. It goes only if it was made for ours, and holds nothing else. */
function remainder(part: Part, text: string, record: UndoRecord): Original {
  const left = part.remove(text);
  const { made, folder } = record.origin(part.path);
  return { text: made && part.isEmpty(left) ? undefined : left, folder };
}

/** Does what a step says, and notes in the record how to undo it. Throws `PawError` if that cannot be. */
export function take({ change, original }: Step, mode: 'add' | 'remove', record: UndoRecord): void {
  const isNewFolder = makeChange(change);
  const { path, after } = change;
  if (mode === 'add') {
    record.keep(change, { ...original, folder: original.folder || isNewFolder });
    return;
  }
  record.drop(path);
  if (after === undefined && original.folder) removeIfEmpty(dirname(path));
}
