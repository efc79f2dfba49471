import { describe, expect, test } from 'vitest';
import { patchJson, readJson } from '../../src/clients/json-patch.ts';

const ENTRY = { command: 'paw-coordinator', args: ['mcp'] };

/** The text with `mcpServers.paw` set. */
function added(text: string): string {
  const document = readJson(text, 'f') as { mcpServers?: object };
  return patchJson(text, { ...document, mcpServers: { ...document.mcpServers, paw: ENTRY } }, 'f');
}

/** The text without `mcpServers.paw`; an object that is empty then stays. */
function removed(text: string): string {
  const document = readJson(text, 'f') as { mcpServers: { paw?: object } };
  const { paw: _, ...others } = document.mcpServers;
  return patchJson(text, { ...document, mcpServers: others }, 'f');
}

const FILES: Record<string, string> = {
  'one server': '{\n  "mcpServers": {\n    "other": { "command": "x" }\n  }\n}\n',
  'a comment behind the last': '{\n  "mcpServers": {\n    "other": { "command": "x" } // keep me\n  }\n}\n',
  'comments everywhere':
    '// top\n{\n  /* servers */\n  "mcpServers": {\n    // first\n    "other": {\n      "command": "x", // why\n    }, /* done */\n    // "old": {},\n  },\n}\n// end\n',
  'tabs, no line break at the end': '{\n\t"mcpServers": {\n\t\t"other": {}\n\t},\n\t"theme": "dark"\n}',
  'CRLF and a mark': '\uFEFF{\r\n    "mcpServers": {\r\n        "other": {}\r\n    }\r\n}\r\n',
  'one line': '{"mcpServers":{"other":{"command":"x"}},"a":[1, 2]}',
  'one line, trailing comma': '{ "mcpServers": { "other": {}, }, }',
  'only a comment': '{\n  "mcpServers": {\n    // none yet\n  }\n}\n',
  'odd names and values': '{"mcpServers":{"a\\"b":{"x":"é → \\u00e9","n":-1.5e3}},"":null}',
};

describe.each(Object.entries(FILES))('a file with %s', (_what, text) => {
  test('gets one more entry, and every line it had stays', () => {
    const after = added(text);
    expect((readJson(after, 'f') as { mcpServers: object }).mcpServers).toHaveProperty('paw', ENTRY);
    const left = after.replaceAll(/\s+/g, '');
    for (const piece of text.split(/[\s,{}]+/)) expect(left).toContain(piece);
    expect(after.includes('\r\n')).toBe(text.includes('\r\n'));
    if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n');
    expect(after.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'));
  });

  test('is as before when the entry is taken out again', () => {
    expect(removed(added(text)).replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
  });

  test('stays as it is if nothing is to change', () => {
    expect(patchJson(text, readJson(text, 'f'), 'f')).toBe(text);
  });
});

test('a new entry is laid out as its neighbours are', () => {
  expect(added(FILES['a comment behind the last'] ?? '')).toBe(`{
  "mcpServers": {
    "other": { "command": "x" }, // keep me
    "paw": {
      "command": "paw-coordinator",
      "args": [
        "mcp"
      ]
    }
  }
}
`);
  expect(added('{}')).toBe(
    '{\n  "mcpServers": {\n    "paw": {\n      "command": "paw-coordinator",\n      "args": [\n        "mcp"\n      ]\n    }\n  }\n}',
  );
  expect(added('{"a":1}')).toBe('{"a":1, "mcpServers": {"paw":{"command":"paw-coordinator","args":["mcp"]}}}');
  expect(added('')).toBe(`${JSON.stringify({ mcpServers: { paw: ENTRY } }, null, 2)}\n`);
});

test('an entry in the middle goes with its line', () => {
  const text = '{\n  "a": 1,\n  "b": [\n    1\n  ],\n  "c": 3\n}\n';
  expect(patchJson(text, { a: 1, c: 3 }, 'f')).toBe('{\n  "a": 1,\n  "c": 3\n}\n');
  expect(patchJson(text, { b: [1], c: 3 }, 'f')).toBe('{\n  "b": [\n    1\n  ],\n  "c": 3\n}\n');
  expect(patchJson('{"a":1, "b":2, "c":3}', { a: 1, c: 3 }, 'f')).toBe('{"a":1, "c":3}');
  expect(patchJson('{\n  "a": {} // mine\n}\n', {}, 'f')).toBe('{\n   // mine\n}\n');
});

test('lists keep what is the same in them', () => {
  const text = '[\n  1, // one\n  { "a": 2 } // two\n]\n';
  expect(patchJson(text, [1, { a: 2 }, 3], 'f')).toBe('[\n  1, // one\n  { "a": 2 }, // two\n  3\n]\n');
  expect(patchJson(text, [1, { a: 5 }], 'f')).toBe('[\n  1, // one\n  { "a": 5 } // two\n]\n');
  expect(patchJson(text, [{ a: 2 }], 'f')).toBe('[\n   // one\n  { "a": 2 } // two\n]\n');
  expect(patchJson(text, [1], 'f')).toBe('[\n  1 // one\n   // two\n]\n');
});

test('what is no JSON is refused, with its line', () => {
  expect(() => readJson('{\n  "a": 1\n  "b": 2\n}', '.mcp.json')).toThrow('.mcp.json cannot be read: line 3');
  expect(() => readJson('{"a": ', '.mcp.json')).toThrow('.mcp.json');
  expect(() => patchJson('[{"a":1},{"b":1,"b":2}]', [], 'x.json')).toThrow('x.json has the key "b" twice');
});
