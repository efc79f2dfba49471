import { spawn } from 'node:child_process';
import process from 'node:process';

/** Variables of the starter that must not reach a coordinator that outlives it. */
const NOT_INHERITED = /^(GIT_|CLAUDE|PAW_)/i;

/**
 * Flags of Node for a coordinator. What it keeps lives long and what a call makes is gone at once, so a small young
 * generation and an old one that is collected after 40 % of growth spare 40 MB, and cost a tenth of the throughput under
 * full load. `npm run bench -- memory link` measures both.
 */
const COORDINATOR_FLAGS = ['--max-semi-space-size=2', '--heap-growing-percent=40'];

export interface SpawnOptions {
  /** The git common directory; the coordinator runs in it. */
  commonDir: string;
  /** The program to run with Node. */
  cliPath: string;
  /** Further arguments of `serve`. */
  args?: readonly string[];
}

/** A coordinator's process as its starter sees it. */
export interface Spawned {
  readonly pid: number | undefined;
  /** How it ended, or the error if it could not be run; undefined while it runs. */
  ended(): Ended | Error | undefined;
}

/** How a process ended. */
export interface Ended {
  /** In words. */
  how: string;
  /** By a signal: somebody or something killed it, and it did not end by itself. */
  killed: boolean;
}

/**
 * Starts a coordinator that outlives this process: in a session of its own, so that SIGINT in this terminal
 * does not reach it, with no files of this process, and without its environment's `GIT_*`, `CLAUDE*`, `PAW_*`.
 */
export function spawnCoordinator({ commonDir, cliPath, args = [] }: SpawnOptions): Spawned {
  const child = spawn(process.execPath, [...COORDINATOR_FLAGS, cliPath, 'serve', '--common-dir', commonDir, ...args], {
    detached: true,
    stdio: 'ignore',
    cwd: commonDir,
    env: cleanEnvironment(process.env),
    windowsHide: true,
  });
  let ended: Ended | Error | undefined;
  child.once('error', (error) => {
    ended = error;
  });
  child.once('exit', (code, signal) => {
    ended = { how: signal === null ? `exit code ${code}` : `signal ${signal}`, killed: signal !== null };
  });
  child.unref();
  return { pid: child.pid, ended: () => ended };
}

/** `env` without what belongs to one agent, one client or one git command. */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_INHERITED.test(name)));
}
