import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recognition } from '../../src/clients/recognition.ts';
import { findRegistrations } from '../../src/doctor/registrations.ts';

let root: string;
let worktree: string;
let home: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'paw-registrations-')));
  worktree = join(root, 'worktree');
  home = join(root, 'home');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, content: string | object): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const find = () =>
  findRegistrations(worktree, recognition({ folder: worktree, installations: new Set() }), { HOME: home });
const ENTRY = { type: 'stdio', command: 'paw-coordinator', args: ['mcp'] };
const COMMAND = ['paw-coordinator', 'mcp'];

it('nothing is found where nothing is', () => {
  expect(find()).toEqual({ registrations: [], taken: [], unreadable: [] });
});

it('is found where each client looks, in the worktree', () => {
  const files = [
    ['claude-code', write(join(worktree, '.mcp.json'), { mcpServers: { other: {}, paw: ENTRY } })],
    [
      'codex',
      write(join(worktree, '.codex/config.toml'), '[mcp_servers.paw]\ncommand = "paw-coordinator"\nargs = ["mcp"]'),
    ],
    ['gemini', write(join(worktree, '.gemini/settings.json'), { mcpServers: { paw: ENTRY } })],
    ['cursor', write(join(worktree, '.cursor/mcp.json'), { mcpServers: { paw: ENTRY } })],
    ['vscode', write(join(worktree, '.vscode/mcp.json'), { servers: { paw: ENTRY } })],
    ['opencode', write(join(worktree, 'opencode.json'), { mcp: { paw: { type: 'local', command: COMMAND } } })],
    ['opencode', write(join(worktree, 'opencode.jsonc'), { mcp: { servers: { paw: { command: COMMAND } } } })],
  ] as const;
  expect(find()).toEqual({
    registrations: files.map(([client, file]) => ({ client, file, command: COMMAND })),
    taken: [],
    unreadable: [],
  });
});

it('is found where each client looks, in the home of the user', () => {
  write(join(home, '.claude.json'), { projects: { [worktree]: { mcpServers: { paw: ENTRY } } } });
  write(join(home, '.codex/config.toml'), '[mcp_servers.paw]\ncommand = "paw-coordinator"');
  write(join(home, '.cursor/mcp.json'), { mcpServers: { paw: ENTRY } });
  write(join(home, '.gemini/settings.json'), { mcpServers: { paw: ENTRY } });
  write(join(home, '.config/opencode/opencode.json'), { mcp: { paw: { command: COMMAND } } });
  expect(find().registrations.map(({ client }) => client)).toEqual([
    'claude-code',
    'codex',
    'gemini',
    'cursor',
    'opencode',
  ]);
});

it('the time limit of calls is in seconds', () => {
  write(join(worktree, '.mcp.json'), { mcpServers: { paw: { ...ENTRY, timeout: 30_000 } } });
  write(join(worktree, '.codex/config.toml'), '[mcp_servers.paw]\ncommand = "paw-coordinator"\ntool_timeout_sec = 60');
  expect(find().registrations).toMatchObject([{ limitSeconds: 30 }, { limitSeconds: 60 }]);
});

it('what cannot be read is named, and what is no local server is not ours', () => {
  const broken = write(join(worktree, '.mcp.json'), '{"mcpServers": {');
  write(join(worktree, '.cursor/mcp.json'), { mcpServers: { paw: { url: 'http://localhost' } } });
  const found = find();
  expect(found.registrations).toEqual([]);
  expect(found.unreadable).toMatchObject([{ client: 'claude-code', file: broken }]);
});

it('another server of our name is not taken for ours', () => {
  const file = write(join(worktree, '.mcp.json'), {
    mcpServers: { paw: { command: 'node', args: ['/opt/other/dist/cli.js', 'mcp'] } },
  });
  expect(find()).toMatchObject({ registrations: [], taken: [{ client: 'claude-code', file }] });
});
