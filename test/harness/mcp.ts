import type { Calls } from '../../src/protocol/calls.ts';
import { requireBuild } from './dist.ts';
import { type CallOptions, type Era, type ListedTool, type RawResult, stdioClient } from './mcp-clients.ts';
import type { ContextClient } from './mcp-context.ts';
import { isRunning } from './processes.ts';
import type { Sandbox } from './sandbox.ts';
import { until } from './until.ts';

export interface SessionOptions {
  era?: Era;
  /** Arguments after `mcp`. */
  args?: string[];
  /** Added to the sandbox's environment. */
  env?: Record<string, string>;
  clientName?: string;
  /** Another stdio server than the built one: the arguments for node. */
  server?: string[];
}

export type ToolName = Extract<keyof Calls, 'publish' | 'poll' | 'claim' | 'release' | 'status' | 'learnings' | 'work'>;

/** An MCP client with its server process. */
export interface Session extends AsyncDisposable {
  /** Calls a tool and returns its structured content. Throws `ToolError` where the result is an error. */
  call<T extends ToolName>(tool: T, args?: object, options?: CallOptions): Promise<Calls[T]['answer']>;
  /** Calls a tool and returns the result as it came. */
  callRaw(tool: string, args?: object, options?: CallOptions): Promise<RawResult>;
  listTools(): Promise<ListedTool[]>;
  /** Resources and prompts. */
  readonly context: ContextClient;
  readonly instructions: string | undefined;
  /** Process id of the server. */
  readonly pid: number;
  /** What the server has written to stderr so far. */
  stderr(): string;
  /** Sends a signal to the server and waits for its end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends the session as a client does, by closing stdin; returns when the process is gone. */
  close(): Promise<void>;
}

/** A tool's result with `isError`; the message is its text. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/**
 * Starts the built MCP server in a worktree, over real stdio, and connects a client of the given era to it
 * (`legacy` by default). The sandbox closes it at the latest.
 */
export async function openSession(
  sandbox: Sandbox,
  worktree: string,
  { era = 'legacy', args = [], env = {}, clientName = 'test-client', server }: SessionOptions = {},
): Promise<Session> {
  const client = stdioClient(era, clientName, {
    command: process.execPath,
    args: server ?? [requireBuild(), 'mcp', ...args],
    cwd: worktree,
    env: { ...sandbox.env, ...env },
  });
  sandbox.defer(() => client.close());
  try {
    await client.connect();
  } catch (cause) {
    throw new Error(`The MCP server could not be connected to. On stderr it wrote: ${client.stderr()}`, { cause });
  }
  const pid = serverPid(client.pid());

  async function close(): Promise<void> {
    await client.close();
    await until(() => !isRunning(pid), { what: `MCP server ${pid} to end` });
  }

  return {
    async call<T extends ToolName>(tool: T, callArgs?: object, options?: CallOptions): Promise<Calls[T]['answer']> {
      const result = await client.callTool(tool, callArgs, options);
      if (result.isError === true) throw new ToolError(result.content.map(({ text }) => text).join('\n'));
      return result.structuredContent as unknown as Calls[T]['answer'];
    },
    callRaw: client.callTool,
    listTools: client.listTools,
    context: client.context,
    instructions: client.instructions(),
    pid,
    stderr: client.stderr,
    async kill(signal) {
      process.kill(pid, signal);
      await until(() => !isRunning(pid), { what: `MCP server ${pid} to end after ${signal}` });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function serverPid(pid: number | null): number {
  if (pid === null) throw new Error('The MCP server ended as soon as it was connected to.');
  return pid;
}
