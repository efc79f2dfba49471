import { Client as ModernClient } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { Delivery } from '../../src/agent/delivery.ts';
import { DirectCalls } from '../../src/agent/direct-calls.ts';
import type { AgentOptions } from '../../src/agent/options.ts';
import { createServer } from '../../src/agent/server.ts';
import { Subscriptions } from '../../src/agent/subscriptions.ts';
import { watchTraffic } from '../../src/agent/traffic.ts';
import { WatchedTransport } from '../../src/agent/watched-transport.ts';
import type { CallOptions, ListedTool, RawResult } from '../harness/mcp-clients.ts';
import { type ContextClient, legacyContext, modernContext } from '../harness/mcp-context.ts';
import type { FakeSession } from './fake-session.ts';

export const ERAS = ['legacy', 'modern'] as const;
type Era = (typeof ERAS)[number];

/** A client of one protocol generation, connected within this process. */
export interface Connected {
  callTool(name: string, args: object, options?: CallOptions): Promise<RawResult>;
  listTools(): Promise<ListedTool[]>;
  ping(): Promise<unknown>;
  instructions(): string | undefined;
  close(): Promise<void>;
  /** Resources and prompts. */
  context: ContextClient;
  /** What the link tells its changes to. */
  subscriptions: Subscriptions;
}

/** Everything the agent process is made of, except stdin, stdout and the link. */
export async function connect(
  era: Era,
  session: FakeSession,
  role: AgentOptions['role'] = 'agent',
): Promise<Connected> {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const delivery = new Delivery(session);
  const subscriptions = new Subscriptions(session);
  const observer = watchTraffic(session, delivery, subscriptions, () => session.told.push('closed'));
  const served = serveStdio(() => createServer({ role, session, delivery, subscriptions }), {
    transport: new WatchedTransport(serverSide, observer, (send) => new DirectCalls({ session, delivery }, send)),
  });
  const connected = await (era === 'legacy' ? connectLegacy(clientSide) : connectModern(clientSide));
  return {
    ...connected,
    subscriptions,
    async close() {
      await connected.close();
      await served.close();
    },
  };
}

async function connectLegacy(transport: InMemoryTransport): Promise<Omit<Connected, 'subscriptions'>> {
  const client = new LegacyClient({ name: 'old-client', version: '1' });
  // The two packages word the same interface differently.
  await client.connect(transport as unknown as Parameters<LegacyClient['connect']>[0]);
  return {
    callTool: async (name, args, options) =>
      (await client.callTool({ name, arguments: { ...args } }, undefined, sdkOptions(options))) as RawResult,
    listTools: async () => (await client.listTools()).tools,
    ping: () => client.ping(),
    instructions: () => client.getInstructions(),
    close: () => client.close(),
    context: legacyContext(client),
  };
}

async function connectModern(transport: InMemoryTransport): Promise<Omit<Connected, 'subscriptions'>> {
  const client = new ModernClient(
    { name: 'new-client', version: '2' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await client.connect(transport);
  return {
    callTool: async (name, args, options) =>
      (await client.callTool({ name, arguments: { ...args } }, sdkOptions(options))) as RawResult,
    listTools: async () => (await client.listTools()).tools,
    // The 2026 revision has no ping; any request will do.
    ping: () => client.listTools(),
    instructions: () => client.getInstructions(),
    close: () => client.close(),
    context: modernContext(client),
  };
}

function sdkOptions({ signal, onProgress }: CallOptions = {}) {
  return { ...(signal && { signal }), ...(onProgress && { onprogress: onProgress }) };
}
