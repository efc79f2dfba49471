import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

/**
 * The floor of every tool call: the same SDK over the same stdio, with one tool that returns what it is
 * given and does nothing else.
 */
serveStdio(() => {
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  server.registerTool(
    'echo',
    {
      description: 'Returns the text it is given.',
      inputSchema: z.strictObject({ text: z.string() }),
    },
    ({ text }) => {
      const value = { text };
      return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value };
    },
  );
  return server;
});
