import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { electionFailed, electionUnreadable, officeContested, officeHeld } from '../errors/election.ts';
import { stateFolderUnusable } from '../errors/storage.ts';
import { createWhole, isLeftover, replaceWhole } from './atomic-file.ts';
import { errorCode } from './error-code.ts';
import { electionFile, electionNumber, layoutOf, parseSegmentFileName } from './layout.ts';
import { bootId, hostId, isAlive, isThisMachine, processStart } from './process.ts';

/*
 * Who is the repository's one coordinator.
 *
 * - Office n belongs to whoever created `coordinator.<n>`. The file appears at once with all of its content, and
 *   creating it fails if the name is there: of any number of takers one wins.
 * - The highest file is the only one that counts. It is never removed: a coordinator that stops in order marks it
 *   `stopped`, one that crashed leaves it as it is. So numbers only grow, and a number is never used twice.
 * - Lower files are removed by the winner. A taker that was held up since it read the highest could then create a
 *   number that was used before; it looks again after creating, sees a higher one, and has lost.
 * - Should all files have been removed by hand, the terms in the journal's file names keep the numbers growing. The
 *   coordinator whose file is gone may still run: it is given the time to notice, and to bring to disk what it has
 *   acknowledged.
 */

const holderSchema = z.object({
  pid: z.int().min(1),
  /** As `processStart` tells it; absent where the system does not. */
  pid_started: z.string().optional(),
  /** As `bootId` tells it. */
  boot: z.string().optional(),
  /** As `hostId` tells it. */
  host: z.string().min(1),
  /** Where it listens: the path of a socket or the name of a pipe. */
  socket: z.string().min(1),
  version: z.string().optional(),
  /** It resigned in order and listens no more. */
  stopped: z.boolean().optional(),
});
/** The content of an election file: one coordinator, living or not. */
export type Holder = z.infer<typeof holderSchema>;

/** The office this process holds. */
export interface Office {
  n: number;
  /** Removes what earlier coordinators left of their elections. Never throws; what stays is removed next time. */
  tidy(): void;
  /**
   * Says that this coordinator has stopped in order.
   *
   * @throws PawError `environment` if that cannot be written; the office is free anyway once the process has ended
   */
  resign(): void;
}

/** How often an election is tried that others won and then left at once. */
const ELECTION_TRIES = 20;
/** How long a file without content is given to get one, in milliseconds, and how often it is read meanwhile. */
const BEING_WRITTEN_MS = 1_000;
const BEING_WRITTEN_POLL_MS = 20;
/** How often the highest file is looked for while it keeps being succeeded. */
const LOOKS_MAX = 10;
/** How long a coordinator takes at most to notice that its file was removed, and to end in order, in milliseconds. */
const NOTICE_MS = 5_000;
/** A half-made file this old has no writer any more, in milliseconds. */
const LEFTOVER_MS = 60_000;

/**
 * Makes this process the repository's coordinator. The state folder must exist.
 *
 * @param makeHolder what to write for office `n`; see `ownIdentity`
 * @param options.noticeMs how long a coordinator whose file was removed is given to end; `NOTICE_MS` by default
 * @throws PawError `refused` naming the holder, unless that is provably dead; `environment` if the newest election
 *   file cannot be read or a new one cannot be written; the signal's reason if it is aborted while waiting
 */
export async function takeOffice(
  stateDir: string,
  makeHolder: (n: number) => Holder,
  { signal, noticeMs = NOTICE_MS }: { signal?: AbortSignal; noticeMs?: number } = {},
): Promise<Office> {
  for (let attempt = 0; attempt < ELECTION_TRIES; attempt += 1) {
    // Terms first: a term written after the look at the files would belong to a holder that look has missed.
    const usedTerm = highestTerm(stateDir);
    const found = await readSettled(stateDir, signal);
    if (found !== undefined && !isProvablyDead(found.holder)) {
      const { n, holder } = found;
      throw officeHeld(electionFile(stateDir, n), holder, isThisMachine(holder.host, holder.boot));
    }
    const n = Math.max(found?.n ?? 0, usedTerm) + 1;
    const holder = makeHolder(n);
    if (!create(stateDir, n, holder)) continue;
    const office = new HeldOffice(stateDir, n, holder);
    if (found === undefined && usedTerm > 0) await untilNoticed(office, noticeMs, signal);
    return office;
  }
  throw officeContested(stateDir, ELECTION_TRIES);
}

/**
 * The newest coordinator, living or not; undefined if there never was one, or its file is just being written.
 * Cheap: one listing and one small file.
 */
export function readHighest(stateDir: string): { n: number; holder: Holder } | undefined {
  const found = lookForHighest(stateDir);
  return found?.holder === undefined ? undefined : { n: found.n, holder: found.holder };
}

/** Whether this coordinator certainly runs no more: it resigned, its machine was restarted, or its process is gone. */
export function isProvablyDead(holder: Holder): boolean {
  if (holder.stopped === true) return true;
  if (!isThisMachine(holder.host, holder.boot)) return false;
  const boot = bootId();
  if (holder.boot !== undefined && boot !== undefined && holder.boot !== boot) return true;
  return !isAlive(holder.pid, holder.pid_started);
}

/** The parts of a `Holder` that name this process. */
export function ownIdentity(): Pick<Holder, 'pid' | 'pid_started' | 'boot' | 'host'> {
  return { pid: process.pid, pid_started: processStart(process.pid), boot: bootId(), host: hostId() };
}

class HeldOffice implements Office {
  readonly #stateDir: string;
  readonly #holder: Holder;

  constructor(
    stateDir: string,
    readonly n: number,
    holder: Holder,
  ) {
    this.#stateDir = stateDir;
    this.#holder = holder;
  }

  tidy(): void {
    for (const name of listNames(this.#stateDir)) {
      const number = electionNumber(name);
      if (number !== undefined ? number < this.n : isOldLeftover(this.#stateDir, name)) {
        removeQuietly(join(this.#stateDir, name));
      }
    }
  }

  resign(): void {
    const file = electionFile(this.#stateDir, this.n);
    try {
      replaceWhole(file, text({ ...this.#holder, stopped: true }));
    } catch (error) {
      throw electionFailed(file, error);
    }
  }
}

/** Waits until a coordinator whose file was removed has ended, should there be one. */
async function untilNoticed(office: Office, noticeMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(noticeMs, undefined, signal ? { signal } : {});
  } catch (error) {
    office.resign();
    throw signal?.aborted ? signal.reason : error;
  }
}

/** Creates the file of office `n`; false if somebody else has it or a higher one. */
function create(stateDir: string, n: number, holder: Holder): boolean {
  const file = electionFile(stateDir, n);
  try {
    if (!createWhole(file, text(holder))) return false;
    if (highestNumber(stateDir) === n) return true;
    rmSync(file, { force: true });
    return false;
  } catch (error) {
    throw electionFailed(file, error);
  }
}

function text(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}

async function readSettled(
  stateDir: string,
  signal: AbortSignal | undefined,
): Promise<{ n: number; holder: Holder } | undefined> {
  for (let waited = 0; ; waited += BEING_WRITTEN_POLL_MS) {
    const found = lookForHighest(stateDir);
    if (found === undefined) return undefined;
    if (found.holder !== undefined) return { n: found.n, holder: found.holder };
    if (waited >= BEING_WRITTEN_MS) throw electionUnreadable(electionFile(stateDir, found.n));
    await wait(BEING_WRITTEN_POLL_MS);
    signal?.throwIfAborted();
  }
}

function lookForHighest(stateDir: string): { n: number; holder: Holder | undefined } | undefined {
  for (let looks = 1; ; looks += 1) {
    const n = highestNumber(stateDir);
    if (n === 0) return undefined;
    try {
      return { n, holder: parseHolder(readFileSync(electionFile(stateDir, n), 'utf8')) };
    } catch (error) {
      // A file that was removed since it was listed has a higher successor.
      if (errorCode(error) !== 'ENOENT' || looks === LOOKS_MAX) return { n, holder: undefined };
    }
  }
}

function parseHolder(content: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

function highestNumber(stateDir: string): number {
  return listNames(stateDir).reduce((highest, name) => Math.max(highest, electionNumber(name) ?? 0), 0);
}

function highestTerm(stateDir: string): number {
  const names = listNames(layoutOf(stateDir).journal);
  return names.reduce((highest, name) => Math.max(highest, parseSegmentFileName(name)?.term ?? 0), 0);
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    if (errorCode(error) === 'ENOTDIR') throw stateFolderUnusable(folder, error);
    throw electionFailed(folder, error);
  }
}

function isOldLeftover(folder: string, name: string): boolean {
  if (!isLeftover(name, 'coordinator.')) return false;
  try {
    return Date.now() - statSync(join(folder, name)).mtimeMs > LEFTOVER_MS;
  } catch {
    return false;
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It is removed by the next winner.
  }
}
