import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { demoGitFailed, demoStartFailed, gitTooOld } from '../../errors/commands.ts';
import { git } from '../../repository/git.ts';
import { stateFolder } from '../../repository/layout.ts';
import { stopCoordinator } from '../stop-coordinator.ts';
import { McpSession } from './mcp-session.ts';

/** The oldest git whose `worktree` does everything that is needed. */
const GIT_NEEDED = [2, 20] as const;
/** What belongs to the user's own agents, clients and git must not reach the demo's. */
const NOT_INHERITED = /^(GIT_|CLAUDE|PAW_)/i;

const FILES = {
  'README.md': '# A small shop\n',
  'src/auth/login.ts': 'export function login() {}\n',
  'src/auth/token.ts': 'export function issueToken(user: string) {}\n',
  'src/session.ts': 'export const sessions = new Map();\n',
};

/** A throw-away repository with agents in it. */
export interface Stage {
  /** Starts an agent's MCP server in the worktree of a branch. */
  enter(agent: string, branch: string, args?: readonly string[]): Promise<McpSession>;
  /** Writes a file in the worktree of a branch, commits it, and returns the commit's name. */
  commit(branch: string, path: string, content: string): Promise<string>;
  /** Root of the worktree of a branch. */
  worktree(branch: string): string;
  readonly env: NodeJS.ProcessEnv;
  readonly cliPath: string;
  /** Ends every session and the coordinator, and removes all files. */
  strike(): Promise<void>;
}

/**
 * Makes a repository with a worktree for each of `branches`, in a folder of its own with its own home.
 *
 * @throws PawError `environment` if git is missing or too old
 */
export async function setStage(cliPath: string, branches: readonly string[], signal: AbortSignal): Promise<Stage> {
  await requireGit(signal);
  const root = await realpath(await mkdtemp(join(tmpdir(), 'paw-demo-')));
  const env = environment(root);
  const main = join(root, 'shop');
  const sessions: McpSession[] = [];
  const worktree = (branch: string): string => (branch === 'main' ? main : join(root, branch.replaceAll('/', '-')));

  async function run(branch: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await git(worktree(branch), args, { env, signal });
    if (code !== 0) throw demoGitFailed(args, stderr.trim());
    return stdout.trim();
  }

  async function commit(branch: string, path: string, content: string): Promise<string> {
    await write(join(worktree(branch), path), content);
    await run(branch, 'add', '--all');
    await run(branch, 'commit', '--quiet', '--message', `Change ${path}`);
    return run(branch, 'rev-parse', 'HEAD');
  }

  /** Before any agent could: one that is just being started by an agent would be missed by `strike`. */
  async function startCoordinator(): Promise<void> {
    const child = spawn(process.execPath, [cliPath, 'start'], {
      cwd: main,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      windowsHide: true,
    });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    if (code !== 0) throw demoStartFailed(stderr.trim());
    signal.throwIfAborted();
  }

  async function strike(): Promise<void> {
    try {
      await Promise.all(sessions.map((session) => session.close()));
      await stopCoordinator(stateFolder(join(main, '.git')));
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }

  try {
    for (const folder of [join(root, 'home'), join(root, 'run')]) await mkdir(folder, { mode: 0o700 });
    for (const [path, content] of Object.entries(FILES)) await write(join(main, path), content);
    await run('main', 'init', '--quiet');
    await run('main', 'symbolic-ref', 'HEAD', 'refs/heads/main');
    await run('main', 'config', 'user.name', 'Demo');
    await run('main', 'config', 'user.email', 'demo@example.com');
    await run('main', 'add', '--all');
    await run('main', 'commit', '--quiet', '--message', 'First');
    for (const branch of branches) await run('main', 'worktree', 'add', '--quiet', '-b', branch, worktree(branch));
    await startCoordinator();
  } catch (error) {
    await strike();
    throw error;
  }

  return {
    async enter(agent, branch, args = []) {
      const session = new McpSession({ agent, cliPath, folder: worktree(branch), args, env, signal });
      sessions.push(session);
      await session.open();
      return session;
    },
    commit,
    worktree,
    env,
    cliPath,
    strike,
  };
}

async function requireGit(signal: AbortSignal): Promise<void> {
  const needed = GIT_NEEDED.join('.');
  const answer = await git(tmpdir(), ['--version'], { env: process.env, signal }).catch(() => undefined);
  signal.throwIfAborted();
  if (answer === undefined || answer.code !== 0) throw gitTooOld(needed);
  const found = answer.stdout.trim();
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(found) ?? [];
  const isOlder = Number(major) < GIT_NEEDED[0] || (Number(major) === GIT_NEEDED[0] && Number(minor) < GIT_NEEDED[1]);
  if (isOlder) throw gitTooOld(needed, found);
}

function environment(root: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  const home = join(root, 'home');
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    USERPROFILE: home,
    XDG_RUNTIME_DIR: join(root, 'run'),
    XDG_CONFIG_HOME: join(home, '.config'),
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
