import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

const PROTOCOL_REVISION = '2025-06-18';

/**
 * An MCP client that costs next to nothing, so that what is measured is the server: one write per request,
 * one parse per answer.
 */
export interface StdioSession {
  readonly pid: number;
  /** Milliseconds from the start of the process to the answer to `initialize`. */
  readonly initializedAfterMs: number;
  /** Calls a tool; returns its structured content and fails if the result is an error. */
  call(tool: string, args: object): Promise<unknown>;
  /** Closes stdin and waits for the end of the process. */
  close(): Promise<void>;
}

export interface ServerCommand {
  /** Arguments for node. */
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

interface Answer {
  id: number;
  result?: { isError?: boolean; structuredContent?: unknown; content?: unknown };
  error?: unknown;
}

type Server = ChildProcessByStdio<Writable, Readable, null>;

/** Starts a server and opens a session of the 2025 era with it. */
export async function openStdioSession({ args, cwd, env }: ServerCommand): Promise<StdioSession> {
  const start = performance.now();
  const server: Server = spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const { request, notify } = requester(server);
  await request('initialize', {
    protocolVersion: PROTOCOL_REVISION,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  });
  const initializedAfterMs = performance.now() - start;
  notify('notifications/initialized');
  return {
    pid: server.pid ?? 0,
    initializedAfterMs,
    async call(name, callArgs) {
      const { result, error } = await request('tools/call', { name, arguments: callArgs });
      if (result === undefined || result.isError === true)
        throw new Error(`${name}: ${JSON.stringify(error ?? result)}`);
      return result.structuredContent;
    },
    async close() {
      const ended = server.exitCode === null && server.signalCode === null ? once(server, 'exit') : undefined;
      server.stdin.end();
      await ended;
    },
  };
}

function requester(server: Server) {
  const waiting = new Map<number, { answered: (answer: Answer) => void; failed: (error: Error) => void }>();
  let last = 0;
  let rest = '';
  server.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = JSON.parse(line) as Answer;
      waiting.get(answer.id)?.answered(answer);
      waiting.delete(answer.id);
    }
  });
  server.once('exit', (code, signal) => {
    for (const { failed } of waiting.values()) failed(new Error(`The server ended with ${signal ?? code}.`));
  });
  const write = (message: object) => server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  return {
    request: (method: string, params: object) =>
      new Promise<Answer>((answered, failed) => {
        last += 1;
        waiting.set(last, { answered, failed });
        write({ id: last, method, params });
      }),
    notify: (method: string) => write({ method }),
  };
}
