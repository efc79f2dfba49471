import type { GetPromptResult, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { AGENT_PROMPT, SUPERVISOR_PROMPT } from './prompt-texts.ts';

const TASK = z.object({ task: z.string().optional().describe('What the agent is to do') });

/** Adds the prompts of one MCP server. Neither needs an argument; an empty one counts as not given. */
export function addPrompts(server: McpServer): void {
  const agent = {
    title: 'Work beside other agents',
    description: 'How to work in a repository together with other agents: claim, tell, read mail, finish',
  };
  server.registerPrompt('agent', { ...agent, argsSchema: TASK }, ({ task = '' }) =>
    spoken(task.trim() === '' ? AGENT_PROMPT : `${AGENT_PROMPT}\nYour task: ${task.trim()}\n`),
  );
  const supervisor = {
    title: 'Supervise other agents',
    description: 'How to verify commits, answer questions and merge what several agents make',
  };
  server.registerPrompt('supervisor', supervisor, () => spoken(SUPERVISOR_PROMPT));
}

function spoken(text: string): GetPromptResult {
  return { messages: [{ role: 'user', content: { type: 'text', text } }] };
}
