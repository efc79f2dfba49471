import process from 'node:process';
import { notReached, notRunning, spawnFailed, startEnded, startFailed } from '../errors/link.ts';
import type { PawError } from '../errors/paw-error.ts';
import { layoutOf } from '../repository/layout.ts';
import { Backoff } from './abortable.ts';
import { type Found, findCoordinator } from './find.ts';
import { type Ended, type Spawned, spawnCoordinator } from './spawn.ts';
import { readStartFailure } from './start-failure.ts';
import { StartHint } from './start-hint.ts';

/** How long a coordinator has to come into being and to answer, in milliseconds. */
export const START_MAX_MS = 10_000;
/** So many processes are started in vain at most, if each is killed before it answers. */
export const KILLED_STARTS_MAX = 3;

export interface StartOptions {
  stateDir: string;
  commonDir: string;
  /** What to do if no coordinator runs: start one, wait for somebody else to, or fail at once. */
  ifAbsent: 'start' | 'wait' | 'fail';
  /** The program that is started with `serve`; by default the one that runs. */
  cliPath?: string;
  /** Further arguments of `serve`. */
  args?: readonly string[];
  /** The bound on everything, in milliseconds; `START_MAX_MS` by default. */
  maxMs?: number;
  signal?: AbortSignal;
}

export type Living = Extract<Found, { state: 'living' }>;

/**
 * Connects to the repository's coordinator, after starting one if none runs and that is allowed. Any number
 * of callers at once end up with the same one.
 *
 * Rejects with a `PawError` that says why none could be reached, or with the reason of `signal`.
 */
export async function connectOrStart(options: StartOptions): Promise<Living> {
  const { stateDir, ifAbsent, signal, maxMs = START_MAX_MS } = options;
  const began = Date.now();
  const deadline = performance.now() + maxMs;
  const backoff = new Backoff();
  const hint = new StartHint(stateDir);
  let spawned: Spawned | undefined;
  let killedStarts = 0;
  let obstacle: unknown = new Error('another process is starting one');
  try {
    for (;;) {
      // Asked before looking: a process that lost the election ends after the winner is in office.
      const ended = spawned?.ended();
      const found = await findCoordinator(stateDir, signal ? { signal } : {});
      const isLate = performance.now() >= deadline;
      if (found.state === 'living') return found;
      if (found.state === 'starting') {
        obstacle = found.cause;
      } else {
        const reason = readStartFailure(stateDir, began);
        if (reason !== undefined && (!spawned || ended)) throw startFailed(reason);
        if (ended) {
          killedStarts += 1;
          if (!wasKilled(ended) || killedStarts === KILLED_STARTS_MAX) throw endedEarly(ended, stateDir);
          spawned = undefined;
          hint.release();
        }
        if (ifAbsent === 'fail' || (ifAbsent === 'wait' && isLate)) throw notRunning();
        if (ifAbsent === 'start' && !spawned && hint.take()) spawned = spawnFrom(options);
      }
      if (isLate) throw notReached(maxMs, obstacle);
      await backoff.pause(signal);
      hint.touch();
    }
  } finally {
    hint.release();
  }
}

function spawnFrom({ commonDir, cliPath = process.argv[1], args = [] }: StartOptions): Spawned {
  if (cliPath === undefined)
    throw spawnFailed('paw-coordinator', new Error('this process was not started from a file'));
  return spawnCoordinator({ commonDir, cliPath, args });
}

/** A crash during the start is like any other crash: the next one may do better. */
function wasKilled(ended: Ended | Error): boolean {
  return !(ended instanceof Error) && ended.killed;
}

function endedEarly(ended: Ended | Error, stateDir: string): PawError {
  return ended instanceof Error ? spawnFailed(process.execPath, ended) : startEnded(ended.how, layoutOf(stateDir).log);
}
