import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { type ContextClient, legacyContext, modernContext } from './mcp-context.ts';

/**
 * `legacy`: the first-generation client, which opens with `initialize`. `modern`: the second generation,
 * which opens with `server/discover` on the connection itself. `auto`: the second generation as most clients
 * set it up, which probes with a process of its own first.
 */
export type Era = 'legacy' | 'modern' | 'auto';
export const ERAS = ['legacy', 'modern'] as const satisfies readonly Era[];

const MODERN_REVISION = '2026-07-28';
/** Above the longest wait of any tool. */
const CALL_MAX_MS = 60_000;

export interface StdioParameters {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  onProgress?: (progress: { progress: number; message?: string | undefined }) => void;
}

export interface RawResult {
  content: { type: string; text?: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

export interface ListedTool {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  inputSchema: object;
  outputSchema?: object | undefined;
  annotations?: object | undefined;
  _meta?: Record<string, unknown> | undefined;
}

/** What the two generations of clients have in common, as far as tests need it. */
export interface StdioClient {
  connect(): Promise<void>;
  close(): Promise<void>;
  callTool(tool: string, args?: object, options?: CallOptions): Promise<RawResult>;
  listTools(): Promise<ListedTool[]>;
  /** Resources and prompts. */
  context: ContextClient;
  instructions(): string | undefined;
  /** Process id of the server, while it is connected. */
  pid(): number | null;
  /** What the server has written to stderr so far. */
  stderr(): string;
}

/** A client of the given era for a server that is not started yet. */
export function stdioClient(era: Era, name: string, parameters: StdioParameters): StdioClient {
  return era === 'legacy' ? legacyClient(name, parameters) : modernClient(era, name, parameters);
}

function legacyClient(name: string, parameters: StdioParameters): StdioClient {
  const transport = new LegacyTransport({ ...parameters, stderr: 'pipe' });
  const client = new LegacyClient({ name, version: '1.0.0' });
  return {
    // The SDK's class may hold an undefined `sessionId` where its own interface wants none.
    connect: () => client.connect(transport as Parameters<LegacyClient['connect']>[0]),
    close: () => client.close(),
    callTool: async (tool, args, options) =>
      (await client.callTool({ name: tool, arguments: { ...args } }, undefined, requestOptions(options))) as RawResult,
    listTools: async () => (await client.listTools()).tools,
    context: legacyContext(client),
    instructions: () => client.getInstructions(),
    pid: () => transport.pid,
    stderr: collected(transport.stderr),
  };
}

function modernClient(era: Era, name: string, parameters: StdioParameters): StdioClient {
  const transport = new ModernTransport({ ...parameters, stderr: 'pipe' });
  const mode = era === 'auto' ? 'auto' : { pin: MODERN_REVISION };
  const client = new ModernClient({ name, version: '1.0.0' }, { versionNegotiation: { mode } });
  return {
    connect: () => client.connect(transport),
    close: () => client.close(),
    callTool: async (tool, args, options) =>
      (await client.callTool({ name: tool, arguments: { ...args } }, requestOptions(options))) as RawResult,
    listTools: async () => (await client.listTools()).tools,
    context: modernContext(client),
    instructions: () => client.getInstructions(),
    pid: () => transport.pid,
    stderr: collected(transport.stderr),
  };
}

function requestOptions({ signal, timeoutMs = CALL_MAX_MS, onProgress }: CallOptions = {}) {
  return {
    timeout: timeoutMs,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onprogress: onProgress }),
  };
}

function collected(stream: LegacyTransport['stderr']): () => string {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}
