import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { type Answer, PROTOCOL_REVISION, structureOf, textOf } from './mcp.ts';

/** A server whose input has ended gets this long to end itself, in milliseconds. */
const CLOSE_MAX_MS = 5000;

/**
 * An MCP client that costs next to nothing, so that what is measured is the server: one write per request,
 * one parse per answer.
 */
export interface StdioSession {
  readonly pid: number;
  /** Milliseconds from the start of the process to the answer to `initialize`. */
  readonly initializedAfterMs: number;
  /** What the server says of itself in the answer to `initialize`. */
  readonly instructions: string;
  /** Calls a tool; returns its structured content and fails if the result is an error. */
  call(tool: string, args: object): Promise<unknown>;
  /** The same, but returns its text. */
  callText(tool: string, args: object): Promise<string>;
  /** The answer to any request, as it came. */
  request(method: string, params: object): Promise<Answer>;
  /** Closes stdin and waits for the end of the process, which is killed if it does not end. */
  close(): Promise<void>;
}

export interface ServerCommand {
  /** Arguments for node. */
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** Drops what it writes to stderr. */
  quiet?: boolean;
}

type Server = ChildProcessByStdio<Writable, Readable, null>;

/** Starts a server and opens a session of the 2025 era with it. */
export async function openStdioSession({ args, cwd, env, quiet = false }: ServerCommand): Promise<StdioSession> {
  const start = performance.now();
  const server: Server = quiet
    ? spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'ignore'] })
    : spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const { request, notify } = requester(server);
  const { result } = await request('initialize', {
    protocolVersion: PROTOCOL_REVISION,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  });
  const initializedAfterMs = performance.now() - start;
  notify('notifications/initialized');
  return {
    pid: server.pid ?? 0,
    initializedAfterMs,
    instructions: result?.instructions ?? '',
    call: async (name, callArgs) => structureOf(name, await request('tools/call', { name, arguments: callArgs })),
    callText: async (name, callArgs) => textOf(name, await request('tools/call', { name, arguments: callArgs })),
    request,
    close: () => end(server),
  };
}

async function end(server: Server): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  const late = setTimeout(() => server.kill('SIGKILL'), CLOSE_MAX_MS);
  server.stdin.end();
  await ended;
  clearTimeout(late);
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
