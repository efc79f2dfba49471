import { statusRequestSchema } from '../protocol/requests.ts';
import { type Fields, SUBAGENT } from './fields.ts';
import { checkInput, readInput } from './input.ts';
import { defineTool } from './tool.ts';

const FIELDS: Fields = {
  agent: { kind: 'text', description: 'Only this agent (id or branch)' },
  detail: { kind: 'text', description: 'summary (default) or full', values: ['summary', 'full'] },
  subagent: SUBAGENT,
};

export const status = defineTool({
  name: 'status',
  title: 'See who does what',
  description:
    'Who works in this repository, on what, and who holds which claims. Returns you (your id), agents, claims, conflicts, open questions, work counts. Changes nothing: your own label is set with publish. detail full adds file lists, worktrees and who has read your messages.',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  fields: FIELDS,
  async handler(raw, { client, signal }) {
    const input = readInput({ name: 'status', fields: FIELDS, example: { detail: 'full' } }, raw);
    return client.request('status', checkInput(statusRequestSchema, input), { signal });
  },
});
