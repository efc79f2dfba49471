import { afterEach, describe, expect, test } from 'vitest';
import { AGENT_PROMPT, SUPERVISOR_PROMPT } from '../../src/agent/prompt-texts.ts';
import { TOOLS } from '../../src/tools/all.ts';
import { type Connected, connect, ERAS } from './eras.ts';
import { FakeSession } from './fake-session.ts';

const PROMPT_MAX_BYTES = 6 * 1024;
const TEXTS = { agent: AGENT_PROMPT, supervisor: SUPERVISOR_PROMPT };

/** The calls that a text shows: tool and names of fields. */
function callsIn(text: string): { tool: string; fields: string[]; call: string }[] {
  return [...text.matchAll(/`([^`]*)`/g)].map(([, call = '']) => {
    const [, tool = '', inner = ''] = /^(\S+) \{(.*)\}$/.exec(call) ?? [];
    const fields = inner
      .replaceAll(/"[^"]*"/g, '')
      .split(',')
      .map((field) => field.split(':')[0]?.trim() ?? '');
    return { tool, fields: fields.filter((field) => field !== ''), call };
  });
}

describe.each(Object.entries(TEXTS))('the prompt %s', (_name, text) => {
  test('is short enough', () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(PROMPT_MAX_BYTES);
  });

  test('names tools that exist, with fields that they have and values that they take', () => {
    const calls = callsIn(text);
    expect(calls.length).toBeGreaterThan(10);
    for (const { tool, fields, call } of calls) {
      const schema = TOOLS.find(({ name }) => name === tool)?.inputSchema;
      expect(schema, call).toBeDefined();
      const properties: Record<string, { enum?: string[] }> = Object(schema?.properties);
      expect(Object.keys(properties), call).toEqual(expect.arrayContaining(fields));
      for (const [, field = '', value] of call.matchAll(/(\w+): "([^"]*)"/g)) {
        const values = properties[field]?.enum;
        if (values) expect(values, call).toContain(value);
      }
    }
  });
});

test('between them the prompts name every tool', () => {
  const named = new Set(callsIn(AGENT_PROMPT + SUPERVISOR_PROMPT).map(({ tool }) => tool));
  expect([...named].sort()).toEqual(TOOLS.map(({ name }) => name).sort());
});

describe.each(ERAS)('a client of the %s era', (era) => {
  let client: Connected | undefined;

  afterEach(async () => {
    await client?.close();
    client = undefined;
  });

  test('lists the prompts and gets each without arguments', async () => {
    client = await connect(era, new FakeSession());
    const { listPrompts, prompt } = client.context;
    expect(await listPrompts()).toEqual([
      { name: 'agent', arguments: ['task'] },
      { name: 'supervisor', arguments: [] },
    ]);
    expect(await prompt('agent')).toBe(AGENT_PROMPT);
    expect(await prompt('agent', { task: '  ' })).toBe(AGENT_PROMPT);
    expect(await prompt('supervisor')).toBe(SUPERVISOR_PROMPT);
    expect(await prompt('agent', { task: 'Add rate limits' })).toBe(`${AGENT_PROMPT}\nYour task: Add rate limits\n`);
  });
});
