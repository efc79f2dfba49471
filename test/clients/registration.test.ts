import { describe, expect, test } from 'vitest';
import { CLIENTS, type Client, type ClientId } from '../../src/clients/client.ts';
import { readJson } from '../../src/clients/json-patch.ts';
import { valueAt } from '../../src/clients/nested.ts';
import { recognition } from '../../src/clients/recognition.ts';
import { registeredWords, withoutRegistration, withRegistration } from '../../src/clients/registration.ts';
import { readToml } from '../../src/clients/toml-section.ts';

const PROGRAM = ['/usr/bin/node', '/opt/paw/dist/cli.js'];
const ownArguments = recognition({ folder: '/repo', installations: new Set(['/opt/paw/dist']) });

/** Files as users of these clients have them, with what tools and people leave in them. */
const FILES: [ClientId, string, string][] = [
  [
    'claude-code',
    'as the client writes it',
    '{\n  "mcpServers": {\n    "github": {\n      "type": "http",\n      "url": "https://api.example.com/mcp/"\n    }\n  }\n}',
  ],
  ['claude-code', 'emptied by the client', '{\n  "mcpServers": {}\n}\n'],
  [
    'gemini',
    'with comments and a trailing comma',
    '{\n  // how it looks\n  "theme": "GitHub", /* not "Dark" */\n  "mcpServers": {\n    "db": { "command": "db-mcp", "env": { "URL": "$DB_URL" } }, // staging\n  },\n}\n',
  ],
  ['gemini', 'without any server', '{\n\t"theme": "GitHub",\n\t"telemetry": { "enabled": false }\n}\n'],
  [
    'cursor',
    'with Windows line breaks and a mark',
    '\uFEFF{\r\n  "mcpServers": {\r\n    "a": {\r\n      "command": "C:\\\\tools\\\\a.exe"\r\n    }\r\n  }\r\n}\r\n',
  ],
  [
    'vscode',
    'with inputs',
    '{\n    "inputs": [\n        { "id": "key", "type": "promptString", "password": true },\n    ],\n    "servers": {\n        "web": { "url": "https://example.com", "type": "http" }, // docs\n    }\n}',
  ],
  [
    'opencode',
    'of the first version',
    '{\n  "$schema": "https://opencode.ai/config.json",\n  "mcp": {\n    "servers": { "type": "local", "command": ["x"] }\n  }\n}\n',
  ],
  [
    'opencode',
    'of the second version',
    '{\n  "mcp": {\n    "servers": {\n      "x": { "type": "local", "command": ["x"] }\n    }\n  }\n}\n',
  ],
  ['opencode', 'that is blank', '\n'],
  [
    'codex',
    'with comments and other servers',
    '# mine\nmodel = "o3"   # the good one\napproval_policy = "on-request"\n\n[mcp_servers.docs]\ncommand = "docs"\nargs = [\n  "--all", # every one\n  "[x]",\n]\n\n[mcp_servers.docs.env]\nKEY = """\n[mcp_servers.paw]\n"""\n\n# profiles\n[profiles."a.b"]\nmodel = \'x\'\n[[notes]]\nat = 1979-05-27T07:32:00Z\n',
  ],
  ['codex', 'without a line break at its end', 'model = "o3"'],
  ['codex', 'with Windows line breaks and a mark', '\uFEFFmodel = "o3"\r\n\r\n[tui]\r\ntheme = "x"\r\n'],
];

function clientOf(id: ClientId): Client {
  const client = CLIENTS.find((one) => one.id === id);
  if (client === undefined) throw new Error(id);
  return client;
}

function contentOf({ format }: Client, text: string): object {
  return Object(format === 'toml' ? readToml(text, 'f') : readJson(text, 'f'));
}

describe.each(FILES)('a file of %s %s', (id, _what, text) => {
  const client = clientOf(id);
  const at = { client, file: 'f', ownArguments };
  const registered = withRegistration(at, text, PROGRAM);

  test('gets the server, and keeps every line', () => {
    expect(registeredWords(at, text)).toBeUndefined();
    expect(registeredWords(at, registered)).toEqual([...PROGRAM, 'mcp']);
    const before = contentOf(client, text);
    const after = contentOf(client, registered);
    for (const key of Object.keys(before)) expect(after).toHaveProperty([key]);
    for (const line of text.split(/\r?\n/)) expect(registered).toContain(line.replace(/[{},]+$/, '').trimEnd());
    expect(registered.split('\r\n').length > 1).toBe(text.includes('\r\n'));
    if (text.includes('\r\n')) expect(registered.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test('says the same as before once it is out again', () => {
    const left = withoutRegistration(at, registered);
    const before = JSON.stringify(contentOf(client, text)).replace('{"mcpServers":{}}', '{}');
    expect(JSON.stringify(contentOf(client, left))).toBe(before);
    for (const comment of text.match(/(?:\/\/|# |\/\*).*$/gm) ?? []) expect(left).toContain(comment.trimEnd());
  });

  test('a registration with a program that is gone gets the new one, and keeps what the user added', () => {
    const custom = registered.replace(/"mcp"(?=\s*\])/, '"mcp", "--role", "supervisor"');
    const moved = withRegistration(at, custom, ['npx', '-y', 'paw-coordinator']);
    expect(registeredWords(at, moved)).toEqual(['npx', '-y', 'paw-coordinator', 'mcp', '--role', 'supervisor']);
    if (id === 'codex') expect(moved).toContain('tool_timeout_sec = 120');
  });
});

test('nothing is left of a file of its own', () => {
  for (const client of CLIENTS) {
    const at = { client, file: 'f', ownArguments };
    expect(withoutRegistration(at, withRegistration(at, '', PROGRAM)).trim()).toMatch(/^(?:\{\})?$/);
  }
});

test('Codex gets a limit above the longest wait', () => {
  const text = withRegistration({ client: clientOf('codex'), file: 'f', ownArguments }, '', PROGRAM);
  expect(valueAt(readToml(text, 'f'), ['mcp_servers', 'paw', 'tool_timeout_sec'])).toBe(120);
});

test('the tables below that of the server go with it, and what belongs to the next one stays', () => {
  const at = { client: clientOf('codex'), file: 'f', ownArguments };
  const text = withRegistration(at, 'a = 1\n', PROGRAM);
  const grown = `${text}# ours\n[mcp_servers.paw.env]\nX = "1"\n\n# next\n[tui]\nb = 2\n`;
  expect(withoutRegistration(at, grown)).toBe('a = 1\n\n# next\n[tui]\nb = 2\n');
});

test.each([
  [
    'claude-code',
    '{"mcpServers": {"paw": {"command": "other-paw", "args": ["serve"]}}}',
    'another server under the name paw: `other-paw serve`',
  ],
  [
    'claude-code',
    '{"mcpServers": {"paw": {"command": "node", "args": ["/opt/other/dist/cli.js", "serve"]}}}',
    'another server under the name paw: `node /opt/other/dist/cli.js serve`',
  ],
  [
    'gemini',
    '{"mcpServers": {"paw": {"command": "files-mcp", "args": ["/home/me/paw-coordinator"]}}}',
    'another server under the name paw',
  ],
  ['claude-code', '{"mcpServers": ["x"]}', 'something else than an object under "mcpServers"'],
  ['claude-code', '[]', 'something else than an object'],
  ['gemini', '{"a": 1 "b": 2}', 'line 1'],
  ['gemini', '{"mcpServers": {"a": {}}, "mcpServers": {"b": {}}}', 'config has the key "mcpServers" twice'],
  ['cursor', '{"mcpServers": {"a": {"env": {"X": "1", "X": "2"}}}}', 'the key "mcpServers.a.env.X" twice'],
  ['codex', 'model = ', 'cannot be read'],
  ['codex', 'mcp_servers = { docs = { command = "docs" } }\n', '[mcp_servers.paw]\ncommand = "/usr/bin/node"'],
] as const)('%s: %s is refused with the reason', (id, text, reason) => {
  expect(() => withRegistration({ client: clientOf(id), file: 'config', ownArguments }, text, PROGRAM)).toThrow(reason);
});

test("another server's entry is not taken out", () => {
  const text = '{"mcpServers": {"paw": {"command": "other-paw"}}}';
  expect(withoutRegistration({ client: clientOf('cursor'), file: 'f', ownArguments }, text)).toBe(text);
});

test('a registration that lacks `mcp` gets it, and keeps no word of the command before', () => {
  const at = { client: clientOf('cursor'), file: 'f', ownArguments };
  const moved = withRegistration(
    at,
    '{"mcpServers": {"paw": {"command": "npx", "args": ["-y", "paw-coordinator"]}}}',
    PROGRAM,
  );
  expect(registeredWords(at, moved)).toEqual([...PROGRAM, 'mcp']);
});
