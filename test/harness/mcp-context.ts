import type { Client as ModernClient } from '@modelcontextprotocol/client';
import type { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

/** What a server has to offer besides tools, as clients of both generations reach it. */
export interface ContextClient {
  listResources(): Promise<Listed[]>;
  listTemplates(): Promise<string[]>;
  /** Reads a resource that is one JSON text, and returns it parsed. */
  read(uri: string): Promise<unknown>;
  listPrompts(): Promise<{ name: string; arguments: string[] }[]>;
  /** The one text of a prompt; without `args` none are sent. */
  prompt(name: string, args?: Record<string, string>): Promise<string>;
  /** Subscribes to resources; the function returned unsubscribes. Resolves when the server has confirmed it. */
  subscribe(uris: string[]): Promise<() => Promise<void>>;
  /** Addresses the client was told of, in order. */
  readonly updates: string[];
  capabilities(): { resources?: object | undefined; prompts?: object | undefined } | undefined;
}

interface Listed {
  uri: string;
  mimeType?: string | undefined;
}

interface Read {
  contents: { uri: string; mimeType?: string | undefined; text?: string }[];
}

export function legacyContext(client: LegacyClient): ContextClient {
  const updates: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    updates.push(params.uri);
  });
  return {
    ...common(client as unknown as CommonClient),
    async subscribe(uris) {
      for (const uri of uris) await client.subscribeResource({ uri });
      return async () => {
        for (const uri of uris) await client.unsubscribeResource({ uri });
      };
    },
    updates,
  };
}

export function modernContext(client: ModernClient): ContextClient {
  const updates: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    updates.push(params.uri);
  });
  return {
    ...common(client as unknown as CommonClient),
    async subscribe(uris) {
      const subscription = await client.listen({ resourceSubscriptions: uris });
      return async () => {
        await subscription.close();
        // The cancellation is not answered: whatever is answered after it has seen it.
        await client.listResources({}, { cacheMode: 'bypass' });
      };
    },
    updates,
  };
}

/** What both generations of clients word in the same way, apart from types. */
interface CommonClient {
  listResources(): Promise<{ resources: Listed[] }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { uriTemplate: string }[] }>;
  readResource(params: { uri: string }): Promise<Read>;
  listPrompts(): Promise<{ prompts: { name: string; arguments?: { name: string }[] }[] }>;
  getPrompt(params: {
    name: string;
    arguments?: Record<string, string>;
  }): Promise<{ messages: { role: string; content: { type: string; text?: string } }[] }>;
  getServerCapabilities(): ReturnType<ContextClient['capabilities']>;
}

function common(client: CommonClient): Omit<ContextClient, 'subscribe' | 'updates'> {
  return {
    listResources: async () => (await client.listResources()).resources,
    listTemplates: async () => (await client.listResourceTemplates()).resourceTemplates.map((item) => item.uriTemplate),
    async read(uri) {
      const { contents } = await client.readResource({ uri });
      const [content] = contents;
      if (contents.length !== 1 || content?.uri !== uri || content.mimeType !== 'application/json')
        throw new Error(`${uri} is not one JSON text: ${JSON.stringify(contents)}`);
      return JSON.parse(content.text ?? '');
    },
    listPrompts: async () =>
      (await client.listPrompts()).prompts.map((prompt) => ({
        name: prompt.name,
        arguments: (prompt.arguments ?? []).map(({ name }) => name),
      })),
    async prompt(name, args) {
      const { messages } = await client.getPrompt({ name, ...(args && { arguments: args }) });
      const [message] = messages;
      if (messages.length !== 1 || message?.role !== 'user' || message.content.type !== 'text')
        throw new Error(`${name} is not one text of the user: ${JSON.stringify(messages)}`);
      return message.content.text ?? '';
    },
    capabilities: () => client.getServerCapabilities(),
  };
}
