import { mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { belongsTo, runningProcesses } from '../../scripts/processes.mjs';
import { makeRepository, type TestRepository, type TestRepositoryOptions } from './repository.ts';
import { until } from './until.ts';

/** A coordinator that was told to stop gets this long, in milliseconds. */
const STOP_MAX_MS = 5000;

/**
 * A place of its own for one test: home, runtime folder, git identity, repositories. Everything that runs in
 * it is found by that place, so a test that fails midway leaves no process behind either.
 */
export interface Sandbox extends AsyncDisposable {
  /** Everything of this test is below it. */
  readonly root: string;
  /** The environment for every process of this test. Nothing of `PAW_*`, `GIT_*` and `CLAUDE*` is inherited. */
  readonly env: Record<string, string>;
  /** Makes a repository; each call makes another one. */
  repository(options?: TestRepositoryOptions): Promise<TestRepository>;
  /** Has something closed at the end; the last one deferred is closed first. */
  defer(close: () => Promise<void>): void;
  /**
   * Closes what was deferred, ends every other process of this test and removes its files. Fails if a process
   * had to be killed because it did not follow SIGTERM.
   */
  dispose(): Promise<void>;
}

export interface SandboxOptions {
  /** How long processes may take to follow SIGTERM, in milliseconds; 5,000 if not given. */
  stopMaxMs?: number;
}

export async function makeSandbox({ stopMaxMs = STOP_MAX_MS }: SandboxOptions = {}): Promise<Sandbox> {
  const root = realpathSync(mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-')));
  const env = environment(root);
  const deferred: (() => Promise<void>)[] = [];
  let repositories = 0;

  async function dispose(): Promise<void> {
    try {
      for (let close = deferred.pop(); close !== undefined; close = deferred.pop()) await close();
      await endProcesses(root, stopMaxMs);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }

  return {
    root,
    env,
    repository(options = {}) {
      repositories += 1;
      return makeRepository(join(root, `repository-${repositories}`), env, options);
    },
    defer: (close) => void deferred.push(close),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

function environment(root: string): Record<string, string> {
  const home = join(root, 'home');
  const runtime = join(root, 'run');
  for (const folder of [home, runtime]) mkdirSync(folder, { mode: 0o700 });
  const inherited: Record<string, string> = {};
  for (const name of ['PATH', 'SystemRoot', 'PATHEXT', 'LANG']) {
    const value = process.env[name];
    if (value !== undefined) inherited[name] = value;
  }
  return {
    ...inherited,
    HOME: home,
    USERPROFILE: home,
    XDG_RUNTIME_DIR: runtime,
    TMPDIR: root,
    GIT_CONFIG_GLOBAL: join(home, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Test',
    GIT_AUTHOR_EMAIL: 'test@example.com',
    GIT_COMMITTER_NAME: 'Test',
    GIT_COMMITTER_EMAIL: 'test@example.com',
  };
}

async function endProcesses(root: string, stopMaxMs: number): Promise<void> {
  const living = () => runningProcesses().filter((running) => belongsTo(running, root));
  for (const { pid } of living()) signal(pid, 'SIGTERM');
  try {
    await until(() => living().length === 0, { what: 'the processes of the test to end', withinMs: stopMaxMs });
  } catch (cause) {
    const stubborn = living();
    for (const { pid } of stubborn) signal(pid, 'SIGKILL');
    await until(() => living().length === 0, { what: 'killed processes to be gone' });
    const names = stubborn.map(({ pid, command }) => `${pid} ${command}`).join('; ');
    throw new Error(`SIGTERM did not end: ${names}`, { cause });
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!gone) throw error;
  }
}
