import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { demoSessionFailed } from '../../errors/commands.ts';
import { PawError } from '../../errors/paw-error.ts';
import type { Calls } from '../../protocol/calls.ts';
import { VERSION } from '../../protocol/version.ts';

/** The revision of the protocol this client opens with; clients of the 2025 generation do the same. */
const PROTOCOL_REVISION = '2025-11-25';
/** Longest wait for an answer, in milliseconds: above every wait the demo asks for. */
const ANSWER_MAX_MS = 30_000;
/** How long a server may take to end after its input was closed, in milliseconds; then it is killed. */
const END_MAX_MS = 2_000;
/** How much of a server's stderr is kept for an error, in characters. */
const STDERR_KEPT = 2_000;

export type ToolName = Extract<keyof Calls, 'publish' | 'poll' | 'claim' | 'release' | 'status' | 'learnings'>;

/** What a client of this small size needs of JSON-RPC: answers to its own requests. */
const answerSchema = z.object({
  id: z.int(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
const toolResultSchema = z.object({
  isError: z.boolean().optional(),
  content: z.array(z.object({ text: z.string().optional() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
});

interface Waiting {
  resolve: (result: Record<string, unknown>) => void;
  reject: (error: PawError) => void;
}

export interface SessionOptions {
  /** Name in errors. */
  agent: string;
  cliPath: string;
  folder: string;
  /** Arguments after `mcp`. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** An MCP client with a server process of its own: the part of the protocol that an agent's tool calls need. */
export class McpSession {
  readonly #agent: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #stderr = '';

  constructor({ agent, cliPath, folder, args, env, signal }: SessionOptions) {
    this.#agent = agent;
    this.#signal = signal;
    // A process group of its own: Ctrl+C reaches the demo, which ends its servers in order.
    this.#child = spawn(process.execPath, [cliPath, 'mcp', ...args], {
      cwd: folder,
      env,
      detached: true,
      windowsHide: true,
    });
    this.#ended = once(this.#child, 'close').catch(() => undefined);
    this.#child.on('error', (error) => this.#fail(`could not be started: ${error.message}`));
    this.#child.on('close', () => this.#fail('has ended'));
    // A server that has ended cannot be written to; `close` tells of it.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-STDERR_KEPT);
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#receive(line));
  }

  /** Begins the session as a client does. */
  async open(): Promise<void> {
    await this.#request('initialize', {
      protocolVersion: PROTOCOL_REVISION,
      capabilities: {},
      clientInfo: { name: 'paw-coordinator-demo', version: VERSION },
    });
    this.#send({ method: 'notifications/initialized' });
  }

  /**
   * Calls a tool and returns its structured answer.
   *
   * @throws PawError `refused` with the tool's text if it answers with an error; `internal` if the server is gone
   */
  async call<T extends ToolName>(tool: T, args: object): Promise<Calls[T]['answer']> {
    const { isError, content, structuredContent } = toolResultSchema.parse(
      await this.#request('tools/call', { name: tool, arguments: args }),
    );
    if (isError) throw new PawError('refused', content.map(({ text }) => text ?? '').join('\n'));
    // What the server answers is what its own types say; both are the same program.
    return structuredContent as unknown as Calls[T]['answer'];
  }

  /** Ends the session as a client does, by closing the server's input; resolves when the process is gone. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MAX_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  async #request(method: string, params: object): Promise<Record<string, unknown>> {
    this.#signal.throwIfAborted();
    this.#lastId += 1;
    const id = this.#lastId;
    const late = setTimeout(() => this.#fail(`did not answer ${method} in ${ANSWER_MAX_MS / 1000} s`), ANSWER_MAX_MS);
    const onAbort = (): void => this.#fail('was interrupted');
    this.#signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#send({ id, method, params });
      });
    } finally {
      clearTimeout(late);
      this.#signal.removeEventListener('abort', onAbort);
    }
  }

  #send(message: object): void {
    this.#child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  #receive(line: string): void {
    const answer = answerSchema.safeParse(parsed(line)).data;
    const waiting = answer && this.#waiting.get(answer.id);
    if (answer === undefined || waiting === undefined) return;
    this.#waiting.delete(answer.id);
    if (answer.result !== undefined) waiting.resolve(answer.result);
    else
      waiting.reject(demoSessionFailed(this.#agent, `answered: ${answer.error?.message ?? 'nothing'}`, this.#stderr));
  }

  /** Everything that waits for the server fails. */
  #fail(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(demoSessionFailed(this.#agent, why, this.#stderr));
    this.#waiting.clear();
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
