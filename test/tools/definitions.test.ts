import { describe, expect, test } from 'vitest';
import { TOOLS } from '../../src/tools/all.ts';

const NAMES = ['publish', 'poll', 'claim', 'release', 'status', 'learnings', 'work'];
const DESCRIPTION_MAX_CHARS = 1024;
/** What a schema of one field may hold: nothing that nests, and no union. */
const FLAT_KEYS = ['type', 'items', 'enum', 'minimum', 'maximum', 'description'];

test('the tools are these, in this order', () => {
  expect(TOOLS.map(({ name }) => name)).toEqual(NAMES);
});

describe.each(TOOLS.map((tool) => [tool.name, tool] as const))('%s', (_name, tool) => {
  const properties = Object.entries(Object(tool.inputSchema.properties)).map(
    ([name, schema]) => [name, Object(schema) as Record<string, unknown>] as const,
  );

  test('advertises one flat, closed object', () => {
    const allowed = ['type', 'properties', 'required', 'additionalProperties'];
    expect(Object.keys(tool.inputSchema).filter((key) => !allowed.includes(key))).toEqual([]);
    expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    for (const [name, schema] of properties) {
      expect(
        Object.keys(schema).filter((key) => !FLAT_KEYS.includes(key)),
        name,
      ).toEqual([]);
      expect(['string', 'integer', 'boolean', 'array'], name).toContain(schema.type);
      if (schema.type === 'array') expect(schema.items).toEqual({ type: 'string' });
    }
  });

  test('says every bound and every value in words too', () => {
    for (const [name, { description, enum: values, maximum }] of properties) {
      const words = `${tool.description} ${String(description)}`;
      for (const value of Array.isArray(values) ? values : []) expect(words, name).toContain(value);
      // `since` has no meaning above the last seq.
      if (maximum !== undefined && name !== 'since') expect(words, name).toContain(String(maximum));
    }
  });

  test('takes a subagent', () => {
    expect(properties.map(([name]) => name)).toContain('subagent');
  });

  test('has a description of bounded length that says what returns, and all four annotations', () => {
    expect(tool.description.length).toBeLessThanOrEqual(DESCRIPTION_MAX_CHARS);
    expect(tool.description).toContain('Returns ');
    expect(Object.keys(tool.annotations).sort()).toEqual([
      'destructiveHint',
      'idempotentHint',
      'openWorldHint',
      'readOnlyHint',
    ]);
  });
});
