import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireBuild } from '../../test/harness/dist.ts';
import type { TestRepository } from '../../test/harness/repository.ts';
import { makeSandbox, type Sandbox } from '../../test/harness/sandbox.ts';
import type { Row } from './row.ts';
import { openStdioSession, type StdioSession } from './stdio-session.ts';

/** What a benchmark works with: a sandbox of its own, gone when it ends. */
export interface Bench {
  sandbox: Sandbox;
  /** Opens a session with our server in a worktree. */
  agent(worktree: string, args?: string[]): Promise<StdioSession>;
  /** Opens a session with a server that only echoes. */
  echo(): Promise<StdioSession>;
  /** The arguments that start our MCP server, and those that start the echo server. */
  agentArgs: string[];
  echoArgs: string[];
  /** Path of another bundle of this folder, `drivers/sender` for example. */
  bundle(name: string): string;
}

/** Runs a benchmark and hands its rows to the process that started this one. */
export async function benchmark(measure: (bench: Bench) => Promise<Row[]>): Promise<void> {
  const rows = await withBench(measure);
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}

/** Gives `use` a sandbox of its own and removes everything afterwards. */
export async function withBench<T>(use: (bench: Bench) => Promise<T>): Promise<T> {
  await using sandbox = await makeSandbox();
  using _ = disposedOnSignal(sandbox);
  const agentArgs = [requireBuild(), 'mcp'];
  const echoArgs = [bundle('floors/echo-server')];

  async function open(args: string[], cwd: string): Promise<StdioSession> {
    const session = await openStdioSession({ args, cwd, env: sandbox.env });
    sandbox.defer(() => session.close());
    return session;
  }

  return await use({
    sandbox,
    agent: (worktree, args = []) => open([...agentArgs, ...args], worktree),
    echo: () => open(echoArgs, sandbox.root),
    agentArgs,
    echoArgs,
    bundle,
  });
}

/** Whoever interrupts a benchmark finds nothing of it left. */
function disposedOnSignal(sandbox: Sandbox): Disposable {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const onSignal = (): void => {
    // What was under way fails with the processes it talked to; only the end matters now.
    process.on('uncaughtException', () => {});
    sandbox.dispose().finally(() => process.exit(1));
  };
  for (const signal of signals) process.once(signal, onSignal);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** A repository with as many worktrees as asked for, on the branches `agent-1`, `agent-2` … */
export async function repositoryOf(
  sandbox: Sandbox,
  agents: number,
): Promise<{ repository: TestRepository; worktrees: string[] }> {
  const branches = Array.from({ length: agents }, (_, index) => `agent-${index + 1}`);
  const repository = await sandbox.repository({ worktrees: branches });
  return { repository, worktrees: branches.map((branch) => repository.worktree(branch)) };
}

function bundle(name: string): string {
  return join(dirname(fileURLToPath(import.meta.url)), `${name}.js`);
}
