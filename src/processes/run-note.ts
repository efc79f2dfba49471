import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../repository/error-code.ts';
import { bootId, hostId } from '../repository/process.ts';
import { endKin, type Run, type Spared } from './kin.ts';

/*
 * A file that names the processes of the run under way, so that whoever comes after a crash can end them. It is there
 * before the first of them does anything.
 */

const NOTE = 'run.json';

const noteSchema = z.object({
  id: z.string().min(1),
  leader: z.int().min(2),
  started: z.string().optional(),
  /** The machine and its start, within which a pid means anything. */
  host: z.string(),
  boot: z.string().optional(),
});

export async function writeRunNote(folder: string, run: Run): Promise<void> {
  await writeFile(join(folder, NOTE), JSON.stringify({ ...run, host: hostId(), boot: bootId() }), { mode: 0o600 });
}

/** The run that was noted and never ended; undefined if there is none, or none on this machine since it was started. */
export async function readRunNote(folder: string): Promise<Run | undefined> {
  const note = noteSchema.safeParse(parsed(await readNote(folder)));
  if (!note.success || note.data.host !== hostId() || note.data.boot !== bootId()) return undefined;
  const { id, leader, started } = note.data;
  return { id, leader, started };
}

/** Takes the note of a run away; one that is another run's stays. */
export async function removeRunNote(folder: string, { id }: Pick<Run, 'id'>): Promise<void> {
  if ((await readRunNote(folder))?.id === id) await rm(join(folder, NOTE), { force: true });
}

/**
 * Ends what a run was noted and never ended has left running, and takes its note away. Resolves with whether there
 * was anything noted, and the pids that could not be ended, for which the note stays.
 *
 * @param options.folder where the note is kept
 */
export async function endLeftover({
  folder,
  spared,
}: {
  folder: string;
  spared?: Spared;
}): Promise<{ found: boolean; left: number[] }> {
  const run = await readRunNote(folder);
  const left = run ? await endKin(run, spared) : [];
  // Also a note that was cut off, or tells of a time before this machine was started.
  if (left.length === 0) await rm(join(folder, NOTE), { force: true });
  return { found: run !== undefined, left };
}

async function readNote(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, NOTE), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** A note that is cut off was never completed, and its run never began. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
