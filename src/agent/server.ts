import { McpServer, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { VERSION } from '../protocol/version.ts';
import { TOOLS } from '../tools/all.ts';
import { type CallParts, callTool } from './call-tool.ts';
import { INSTRUCTIONS } from './instructions.ts';
import type { AgentOptions } from './options.ts';
import { addPrompts } from './prompts.ts';
import { addResources } from './resources.ts';
import { addSubscriptions, type Subscriptions } from './subscriptions.ts';

/** How long a client may keep a list of what there is, in milliseconds: it never changes while the server lives. */
const LISTS_KEPT_MS = 3_600_000;
const LIST_HINT = { ttlMs: LISTS_KEPT_MS, cacheScope: 'private' } as const;
/** Has Claude Code show the tool to its model from the start, instead of when the model searches for it. */
const META = { 'anthropic/alwaysLoad': true };

export interface ServerParts extends CallParts {
  role: AgentOptions['role'];
  subscriptions: Subscriptions;
}

/** One MCP server for one connection; the session behind it is shared by all of them. */
export function createServer({ role, session, delivery, subscriptions }: ServerParts): McpServer {
  const server = new McpServer(
    { name: 'paw-coordinator', title: 'Coordinator of parallel agents', version: VERSION },
    {
      instructions: INSTRUCTIONS[role],
      capabilities: {
        tools: { listChanged: false },
        resources: { subscribe: true, listChanged: false },
        prompts: { listChanged: false },
      },
      cacheHints: {
        'tools/list': LIST_HINT,
        'resources/list': LIST_HINT,
        'resources/templates/list': LIST_HINT,
        'prompts/list': LIST_HINT,
      },
    },
  );
  for (const tool of TOOLS) {
    const { name, title, description, annotations } = tool;
    const inputSchema = advertised(tool.inputSchema);
    server.registerTool(name, { title, description, annotations, inputSchema, _meta: META }, (args, { mcpReq }) =>
      callTool({ session, delivery }, tool, args, mcpReq),
    );
  }

  addResources(server, session);
  addSubscriptions(server, subscriptions);
  addPrompts(server);

  return server;
}

/** A schema that shows what is advertised and lets everything through: the tools word their own refusals. */
function advertised(schema: Record<string, unknown>): StandardSchemaWithJSON<object> {
  return {
    '~standard': {
      version: 1,
      vendor: 'paw-coordinator',
      validate: (value) => ({ value: typeof value === 'object' && value !== null ? value : {} }),
      jsonSchema: { input: () => schema, output: () => schema },
    },
  };
}
