import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesLeft, programNotStarted } from '../errors/processes.ts';
import { processStart } from '../repository/process.ts';
import { askKin, endKin, RUN_VARIABLE, type Run } from './kin.ts';
import { removeRunNote, writeRunNote } from './run-note.ts';
import { Tail } from './tail.ts';

/*
 * Runs a program so that nothing of it outlives the run, nor this process.
 *
 *     shell starts ─▶ is noted in a file ─▶ is told to go ─▶ guard beside it ─▶ becomes the program
 *
 * - The shell leads a session and process group of its own. It waits until the note is written, so there is no moment
 *   in which something runs that nobody knows of; if this process dies before, the shell ends by itself.
 * - The guard holds the other end of a pipe. When this process is gone, even by SIGKILL, the pipe ends, and the guard
 *   kills the group.
 * - What has left the group by then is found with the help of the note, by whoever runs something there next.
 */

/** A program to run. */
export interface Job {
  /** Program and arguments. */
  program: readonly string[];
  cwd: string;
  /** The whole environment but the mark of the run. */
  env: NodeJS.ProcessEnv;
  /** Where the note is kept; one run at a time. */
  folder: string;
  /** Longest time in milliseconds. */
  timeoutMs: number;
  /** Ends it early. */
  signal: AbortSignal;
  /** Has whatever is still asked to end be killed at once. */
  hurry?: AbortSignal;
  /** Called with everything it prints, as it comes. */
  onOutput?: (chunk: Buffer) => void;
  /** Processes that one of the run may have started, and that are to outlive it. */
  spared?: () => readonly number[];
}

/** How it ended. */
export interface Ended {
  /** Exit code; undefined if a signal or the time limit ended it. */
  code?: number;
  endedBy?: NodeJS.Signals | 'time limit';
  /** The last of what it printed. */
  output: string;
}

/** How much of the output is kept, in bytes. */
const OUTPUT_MAX_BYTES = 4096;
/** How long a program that is to end may take before it is killed, in milliseconds. */
const END_GRACE_MS = 2000;
/** How long output may take to arrive after everything has ended, in milliseconds. */
const LAST_OUTPUT_MAX_MS = 1000;
/** The guard stays until the end. */
const GUARDS = 1;
const NEVER = new AbortController().signal;

/** The guard is started by a shell that ends at once, so that the program has no child it does not know. */
const LAUNCHER = `
exec 2>&1
read -r go || exit 1
exec 3<&0 </dev/null
( ( trap '' TERM INT HUP; read -r end <&3; kill -9 0 ) >/dev/null 2>&1 & )
exec "$@" 3<&-
`;

/**
 * Runs a program at low priority and without input. When this settles, none of its processes is left.
 *
 * Rejects with the reason of `signal`, or a PawError if it could not be started or could not be ended
 */
export async function runContained(job: Job): Promise<Ended> {
  const { program, cwd, env, folder, timeoutMs, signal, onOutput } = job;
  // Only who runs commands needs it.
  const { execa } = await import('execa');
  signal.throwIfAborted();
  const id = randomUUID();
  const child = execa('sh', ['-c', LAUNCHER, 'sh', ...program], {
    cwd,
    env: { ...env, [RUN_VARIABLE]: id },
    extendEnv: false,
    // A session and group of its own. What follows from it for the end is done here, for all of its processes.
    detached: true,
    cleanup: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'ignore',
    buffer: false,
    reject: false,
  });
  const { pid } = child;
  if (pid === undefined) throw programNotStarted(program, (await child).message ?? 'no process');
  const exited = new Promise<Pick<Ended, 'code' | 'endedBy'>>((resolve) => {
    child.once('exit', (code, endedBy) => resolve({ ...(code !== null && { code }), ...(endedBy && { endedBy }) }));
  });
  const tail = new Tail(OUTPUT_MAX_BYTES);
  child.stdout.on('data', (chunk: Buffer) => {
    tail.push(chunk);
    onOutput?.(chunk);
  });
  // A shell that is gone already has no use for the word.
  child.stdin.on('error', () => undefined);
  const run: Run = { id, leader: pid, started: processStart(pid) };
  let ended: Pick<Ended, 'code' | 'endedBy'> | undefined;
  try {
    await writeRunNote(folder, run);
    beModest(pid);
    if (!signal.aborted) child.stdin.write('go\n');
    ended = await firstOf(exited, timeoutMs, signal);
  } finally {
    const isOver = ended !== undefined && ended.endedBy !== 'time limit';
    await endAll(run, job, isOver ? 0 : END_GRACE_MS, () => child.stdin.destroy());
    await Promise.race([child, sleep(LAST_OUTPUT_MAX_MS, undefined, { ref: false })]);
    child.stdout.destroy();
    await removeRunNote(folder, run);
  }
  if (ended === undefined) throw signal.reason;
  return { ...ended, output: tail.text() };
}

async function endAll(run: Run, { hurry = NEVER, spared }: Job, graceMs: number, endGuard: () => void): Promise<void> {
  if (graceMs > 0) await askKin(run, { graceMs, stubborn: GUARDS, hurry, spared });
  endGuard();
  const left = await endKin(run, spared);
  if (left.length > 0) throw processesLeft(left);
}

/** How it ended, or what is to end it: the time limit, or the signal, for which there is nothing to tell. */
async function firstOf(
  exited: Promise<Pick<Ended, 'code' | 'endedBy'>>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Pick<Ended, 'code' | 'endedBy'> | undefined> {
  if (signal.aborted) return undefined;
  const over = new AbortController();
  const quiet = (): undefined => undefined;
  try {
    return await Promise.race([
      exited,
      sleep(timeoutMs, { endedBy: 'time limit' as const }, { signal: over.signal }).catch(quiet),
      once(signal, 'abort', { signal: over.signal }).then(quiet, quiet),
    ]);
  } finally {
    over.abort();
  }
}

/** Others work on this machine. Inherited by everything it starts. */
function beModest(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or this system does not allow it.
  }
}
