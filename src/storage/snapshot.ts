import { closeSync, copyFileSync, fchmodSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Low } from 'lowdb';
import { DataFile, DataFileSync } from 'lowdb/node';
import * as z from 'zod';
import { PawError } from '../errors/paw-error.ts';
import { stateTooNew } from '../errors/storage.ts';
import type { StateLayout } from '../repository/layout.ts';
import { syncFolder } from '../repository/sync-folder.ts';
import { checksum } from './line.ts';

/** The format of snapshots this version writes, and the newest it reads. Raised when an older one would misread it. */
export const SNAPSHOT_FORMAT = 1;

/** The state after record `last`, as JSON. */
export interface Snapshot {
  format: number;
  last: number;
  state: unknown;
}

const snapshotSchema = z.object({
  format: z.int().min(1),
  last: z.int().min(0),
  /**
   * CRC-32 of the file without this entry: of the numbers too, as a wrong `last` would lose records or apply them
   * twice. Every format has it, so that a damaged `format` is not taken for a later one.
   */
  c: z.string(),
  state: z.unknown(),
});
/** What can be said of a file before it is known to be whole. */
const envelopeSchema = z.object({ format: z.int(), last: z.int(), c: z.string() }).partial();

const STATE_KEY = '"state":';
/** For its user alone. */
const PRIVATE = 0o600;

/**
 * Reads a snapshot.
 *
 * @returns undefined if the file is not there
 * @throws PawError `environment` if it is of a later format; any other error if it cannot be read or is damaged
 */
export function readSnapshot(file: string): Snapshot | undefined {
  const parse = (text: string): Snapshot => parseSnapshot(file, text);
  return new DataFileSync<Snapshot>(file, { parse, stringify: stringifySnapshot }).read() ?? undefined;
}

/**
 * Writes a snapshot and puts it in the place of the one in use. A crash at any moment leaves a readable snapshot
 * and, if there was one, its predecessor.
 *
 * @param keepCurrent the snapshot in use is readable, and becomes the previous one; otherwise that one stays
 * @throws the operating system's error
 */
export async function writeSnapshot(
  layout: StateLayout,
  { last, state }: { last: number; state: unknown },
  { keepCurrent }: { keepCurrent: boolean },
): Promise<void> {
  const parse = (text: string): Snapshot => parseSnapshot(layout.nextSnapshot, text);
  const file = new DataFile<Snapshot>(layout.nextSnapshot, { parse, stringify: stringifySnapshot });
  // lowdb renames before the content is on disk, so the name that counts is given afterwards.
  await new Low<Snapshot>(file, { format: SNAPSHOT_FORMAT, last, state }).write();
  // It also leaves the mode to the process's mask.
  syncFile(layout.nextSnapshot, PRIVATE);
  if (keepCurrent) keepAsPrevious(layout);
  renameSync(layout.nextSnapshot, layout.snapshot);
  syncFolder(layout.folder);
}

function keepAsPrevious(layout: StateLayout): void {
  const half = join(layout.folder, '.state.previous.half');
  rmSync(half, { force: true });
  try {
    linkSync(layout.snapshot, half);
  } catch {
    // No hard links here.
    copyFileSync(layout.snapshot, half);
    syncFile(half);
  }
  renameSync(half, layout.previousSnapshot);
  // If both are links to one file already, rename does nothing and leaves this name.
  rmSync(half, { force: true });
  syncFolder(layout.folder);
}

function stringifySnapshot({ format, last, state }: Snapshot): string {
  const text = JSON.stringify(state);
  const numbers = opening({ format, last });
  return `${numbers},"c":"${checksum(numbers, text)}",${STATE_KEY}${text}}\n`;
}

function parseSnapshot(file: string, text: string): Snapshot {
  const json: unknown = JSON.parse(text);
  const { format, last, c } = envelopeSchema.safeParse(json).data ?? {};
  const stateText = text.slice(text.indexOf(STATE_KEY) + STATE_KEY.length, text.lastIndexOf('}'));
  if (c !== undefined && c !== checksum(opening({ format, last }), stateText))
    throw new Error('the content does not match its checksum');
  if (format !== undefined && format > SNAPSHOT_FORMAT) throw stateTooNew(file, format, SNAPSHOT_FORMAT);
  const snapshot = snapshotSchema.safeParse(json);
  if (!snapshot.success) throw new Error('it is not a snapshot');
  return snapshot.data;
}

/** The beginning of the file, up to the checksum. */
function opening(numbers: { format: number | undefined; last: number | undefined }): string {
  return JSON.stringify(numbers).slice(0, -1);
}

function syncFile(file: string, mode?: number): void {
  // Windows syncs only what is open for writing.
  const fd = openSync(file, 'r+');
  try {
    if (mode !== undefined) fchmodSync(fd, mode);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Why a snapshot could not be read, for people. */
export function snapshotProblem(error: unknown): string {
  if (error instanceof SyntaxError) return `it is damaged (${error.message})`;
  return error instanceof Error && !(error instanceof PawError) ? error.message : String(error);
}
