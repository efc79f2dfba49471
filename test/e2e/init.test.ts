import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { confirmed } from '../../src/commands/ask.ts';
import { type CliResult, runCli } from '../harness/cli.ts';
import { CLI } from '../harness/dist.ts';
import { openSession } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

const FILE_OF: Record<string, string> = {
  'claude-code': '.mcp.json',
  codex: '.codex/config.toml',
  gemini: '.gemini/settings.json',
  cursor: '.cursor/mcp.json',
  vscode: '.vscode/mcp.json',
  opencode: 'opencode.json',
};
const FILES = Object.values(FILE_OF);
const ALL = Object.keys(FILE_OF).flatMap((id) => ['--client', id]);
const SETTINGS = '.claude/settings.json';
const HOOKS = ['.git/hooks/pre-commit', '.git/hooks/pre-push'];

let sandbox: Sandbox;
let repository: TestRepository;
let main: string;
/** PATH with git and Node and no client in it. */
let path: string;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository();
  main = repository.main;
  path = join(sandbox.root, 'bin');
  mkdirSync(path);
  const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  symlinkSync(git, join(path, 'git'));
  symlinkSync(process.execPath, join(path, 'node'));
});
afterEach(() => sandbox.dispose());

function init(args: string[] = [], folder = main): Promise<CliResult> {
  return runCli(sandbox, folder, ['init', ...args], { env: { PATH: path } });
}

/** Runs `init`, which must end well and say nothing on stderr; returns what it printed. */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await init([...args, '--yes']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

function read(file: string, folder = main): string | undefined {
  return existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : undefined;
}

function write(file: string, text: string, folder = main): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

/** Runs `init` of a copy of this program that lies elsewhere; returns the folder of that. */
async function installedElsewhere(...args: string[]): Promise<string> {
  const folder = join(sandbox.root, 'checkout');
  cpSync(dirname(CLI), join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), readFileSync(join(dirname(dirname(CLI)), 'package.json')));
  const command = [join(folder, 'dist', 'cli.js'), 'init', ...args, '--yes'];
  await promisify(execFile)(process.execPath, command, { cwd: main, env: { ...sandbox.env, PATH: path } });
  return folder;
}

/** A command on PATH. */
function command(name: string): void {
  writeFileSync(join(path, name), '#!/bin/sh\n', { mode: 0o755 });
}

function contents(files: readonly string[]): (string | undefined)[] {
  return files.map((file) => read(file));
}

describe('a first init', () => {
  it('registers with every client where it looks, with a command that works', async () => {
    await done(...ALL);
    const json = (file: string): object => JSON.parse(read(file) ?? '') as object;
    const entry = { command: process.execPath, args: expect.arrayContaining([CLI, 'mcp']) };
    expect(json('.mcp.json')).toEqual({ mcpServers: { paw: { type: 'stdio', ...entry } } });
    expect(json('.gemini/settings.json')).toEqual({ mcpServers: { paw: entry } });
    expect(json('.cursor/mcp.json')).toEqual({ mcpServers: { paw: { type: 'stdio', ...entry } } });
    expect(json('.vscode/mcp.json')).toEqual({ servers: { paw: { type: 'stdio', ...entry } } });
    const flags = ['--max-old-space-size=64', '--max-semi-space-size=1', '--v8-pool-size=1'];
    const words = [process.execPath, ...flags, CLI, 'mcp'];
    expect(json('opencode.json')).toEqual({ mcp: { paw: { type: 'local', command: words } } });
    expect(read('.codex/config.toml')).toMatch(/^\[mcp_servers\.paw\]\ncommand = ".+\ntool_timeout_sec = 120\n$/s);
  });

  it('registers a command by which a session comes about', async () => {
    await done('--client', 'claude-code');
    const { mcpServers } = JSON.parse(read('.mcp.json') ?? '') as { mcpServers: { paw: { args: string[] } } };
    const session = await openSession(sandbox, main, { server: mcpServers.paw.args });
    expect((await session.call('status')).you).toBe('main');
  });

  it('names the command alone if it is on PATH for good', async () => {
    command('paw-coordinator');
    await done('--client', 'gemini');
    expect(JSON.parse(read('.gemini/settings.json') ?? '')).toEqual({
      mcpServers: { paw: { command: 'paw-coordinator', args: ['mcp'] } },
    });
  });

  it('with --portable is the registration of mcp.json', async () => {
    await done('--client', 'claude-code', '--portable');
    expect(JSON.parse(read('.mcp.json') ?? '')).toEqual(
      JSON.parse(readFileSync(join(dirname(dirname(CLI)), 'mcp.json'), 'utf8')),
    );
  });

  it('without --client takes what is installed, or used here', async () => {
    expect(await init(['--yes'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--client') });
    command('opencode');
    mkdirSync(join(sandbox.env.HOME ?? '', '.codex'));
    mkdirSync(join(main, '.cursor'));
    await done();
    expect(FILES.filter((file) => read(file) !== undefined)).toEqual([
      '.codex/config.toml',
      '.cursor/mcp.json',
      'opencode.json',
    ]);
  });

  it('with --hooks brings the hooks of Claude Code, and the server they speak for', async () => {
    await done('--hooks');
    const settings = JSON.parse(read(SETTINGS) ?? '') as { hooks: Record<string, { hooks: { command: string }[] }[]> };
    expect(Object.keys(settings.hooks).sort()).toEqual(
      ['PostToolUse', 'PreToolUse', 'SessionStart', 'Stop', 'UserPromptSubmit'].sort(),
    );
    expect(settings.hooks.Stop?.[0]?.hooks[0]?.command).toBe(`${process.execPath} ${CLI} hook Stop`);
    expect(read('.mcp.json')).toBeDefined();
  });

  it('with --git-hooks alone brings them alone', async () => {
    await done('--git-hooks');
    expect(contents([...FILES, SETTINGS])).toEqual([...FILES, SETTINGS].map(() => undefined));
    for (const hook of HOOKS) expect(lstatSync(join(main, hook)).mode & 0o111).not.toBe(0);
  });
});

describe('asking', () => {
  it('shows the change, and changes nothing where nobody can be asked', async () => {
    write('.mcp.json', '{\n  "mcpServers": {\n    "mine": { "command": "m" }\n  }\n}\n');
    const result = await init(['--client', 'claude-code', '--client', 'codex']);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect(result.stdout).toContain('  -     "mine": { "command": "m" }\n  +     "mine": { "command": "m" },\n');
    expect(result.stdout).toContain('  + [mcp_servers.paw]\n');
    expect(contents(['.codex/config.toml'])).toEqual([undefined]);
    expect(read('.mcp.json')).not.toContain('paw');
  });

  it('refuses a client it does not know as wrong usage', async () => {
    const result = await init(['--client', 'emacs']);
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('claude-code, codex') });
  });

  it('outside of worktrees says where to run it', async () => {
    expect(await init(['--client', 'codex', '--yes'], repository.commonDir)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('worktree'),
    });
  });

  it.each([
    ['y\n', true],
    [' YES \n', true],
    ['\n', false],
    ['n\n', false],
    ['', false],
  ])('takes %j as %s', async (typed, yes) => {
    const input = new PassThrough();
    input.end(typed);
    expect(await confirmed('Write this?', { input, output: new PassThrough() })).toBe(yes);
  });
});

describe('a further init', () => {
  it('changes nothing', async () => {
    const args = [...ALL, '--hooks', '--git-hooks'];
    await done(...args);
    const files = [...FILES, SETTINGS, ...HOOKS];
    const before = contents(files);
    expect(await done(...args)).toContain('nothing to change');
    expect(await init(args)).toMatchObject({ code: 0, stderr: '' });
    expect(contents(files)).toEqual(before);
  });

  it('leaves a registration that works, also one of another form', async () => {
    const text = '{"mcpServers":{"paw":{"command":"npx","args":["-y","paw-coordinator@0.1.0","mcp"],"env":{"A":"b"}}}}';
    write('.mcp.json', text);
    await done('--client', 'claude-code');
    expect(read('.mcp.json')).toBe(text);
  });

  it('mends registration and hooks of an installation that has moved, also where they were edited, and can be undone', async () => {
    const moved = await installedElsewhere('--client', 'claude-code', '--hooks');
    const edited = (read('.mcp.json') ?? '').replace('"mcp"', '"mcp", "--role", "supervisor"');
    write('.mcp.json', edited);
    rmSync(moved, { recursive: true });
    await done('--client', 'claude-code', '--hooks');
    expect(JSON.parse(read('.mcp.json') ?? '')).toMatchObject({
      mcpServers: { paw: { command: process.execPath, args: expect.arrayContaining([CLI, 'mcp', '--role']) } },
    });
    expect(read(SETTINGS)).not.toContain(moved);
    await done('--remove');
    expect(contents([SETTINGS, '.mcp.json'])).toEqual([undefined, undefined]);
  });

  it('with --portable changes the form, and is undone to the bytes before the first one', async () => {
    const text = '{ "mcpServers": {} }';
    write('.cursor/mcp.json', text);
    await done('--client', 'cursor');
    await done('--client', 'cursor', '--portable');
    expect(read('.cursor/mcp.json')).toContain('npx');
    await done('--client', 'cursor', '--remove');
    expect(read('.cursor/mcp.json')).toBe(text);
  });

  it('leaves what belongs to other programs, though they lie in a dist/cli.js too, and --remove does', async () => {
    const theirs = join(sandbox.root, 'other', 'dist', 'cli.js');
    const paw = { command: 'node', args: [theirs, 'serve'] };
    const stop = { hooks: [{ type: 'command', command: `node ${theirs} hook Stop` }] };
    write('.mcp.json', JSON.stringify({ mcpServers: { paw } }));
    write(SETTINGS, JSON.stringify({ hooks: { Stop: [stop] } }));
    const before = contents(['.mcp.json', SETTINGS]);
    const refused = await init(['--client', 'claude-code', '--hooks', '--yes']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('another server under the name paw') });
    const { hooks } = JSON.parse(read(SETTINGS) ?? '') as { hooks: { Stop: unknown[] } };
    expect(hooks.Stop).toEqual([stop, { hooks: [expect.objectContaining({ timeout: 5 })] }]);
    await done('--remove');
    expect(contents(['.mcp.json', SETTINGS])).toEqual(before);
  });

  it('does not take the name of another server, and goes on with other clients', async () => {
    write('.mcp.json', '{"mcpServers":{"paw":{"command":"other-paw"}}}');
    write('.vscode/mcp.json', '{"servers": oops}');
    const result = await init(['--client', 'claude-code', '--client', 'vscode', '--client', 'gemini', '--yes']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('other-paw');
    expect(result.stderr).toContain('.vscode/mcp.json cannot be read: line 1');
    expect(read('.gemini/settings.json')).toContain('paw');
    expect(read('.vscode/mcp.json')).toBe('{"servers": oops}');
  });
});

describe('--remove', () => {
  const BEFORE: Record<string, string> = {
    '.mcp.json': '{\n  "mcpServers": {}\n}',
    '.codex/config.toml': 'model = "o3" # mine\n\n\n',
    '.gemini/settings.json': '\uFEFF{\r\n  // mine\r\n  "mcpServers": { "x": { "command": "x" }, },\r\n}\r\n',
    'opencode.json': '',
    [SETTINGS]:
      '{"permissions":{"allow":["Bash(ls)"]},"hooks":{"Stop":[{"hooks":[{"type":"command","command":"say"}]}]}}',
    '.git/hooks/pre-commit': '#!/bin/sh\necho theirs\nexit 0',
  };

  it('gives back the bytes that were there, and takes away what was not', async () => {
    for (const [file, text] of Object.entries(BEFORE)) write(file, text);
    chmodSync(join(main, '.git/hooks/pre-commit'), 0o755);
    await done(...ALL, '--hooks', '--git-hooks');
    for (const file of [...FILES, SETTINGS, ...HOOKS]) expect(read(file)).toContain(CLI);
    await done('--remove');
    for (const file of [...FILES, SETTINGS, ...HOOKS]) expect([file, read(file)]).toEqual([file, BEFORE[file]]);
    for (const folder of ['.cursor', '.vscode']) expect(existsSync(join(main, folder))).toBe(false);
    expect(existsSync(join(repository.stateDir, 'registrations.json'))).toBe(false);
  });

  it('keeps what was changed since', async () => {
    await done('--client', 'gemini', '--client', 'codex', '--hooks');
    const gemini = JSON.parse(read('.gemini/settings.json') ?? '') as object;
    write('.gemini/settings.json', JSON.stringify({ ...gemini, theme: 'x' }));
    write('.codex/config.toml', `# new\n${read('.codex/config.toml')}\n[tui]\na = 1\n`);
    await done('--remove');
    expect(read('.gemini/settings.json')).toBe('{"theme":"x"}');
    expect(read('.codex/config.toml')).toBe('# new\n\n[tui]\na = 1\n');
    expect(read(SETTINGS)).toBeUndefined();
  });

  it('never takes a file that was there before, and takes what it made with its folder, whoever changed them since', async () => {
    write(SETTINGS, '{}');
    write('.git/hooks/pre-commit', '#!/bin/sh\n');
    chmodSync(join(main, '.git/hooks/pre-commit'), 0o755);
    await done('--client', 'codex', '--client', 'cursor', '--hooks', '--git-hooks');
    for (const file of [SETTINGS, '.codex/config.toml', '.cursor/mcp.json', ...HOOKS]) write(file, `${read(file)}\n`);
    await done('--remove');
    expect((read(SETTINGS) ?? '').trim()).toBe('{}');
    expect(contents(HOOKS)).toEqual(['#!/bin/sh\n\n', undefined]);
    expect(existsSync(join(main, '.codex')) || existsSync(join(main, '.cursor'))).toBe(false);
  });

  it('takes back what is named, and nothing else', async () => {
    await done('--client', 'gemini', '--client', 'cursor', '--hooks', '--git-hooks');
    await done('--remove', '--client', 'gemini');
    await done('--remove', '--git-hooks');
    const left = [...FILES, SETTINGS, ...HOOKS].filter((file) => read(file) !== undefined);
    expect(left).toEqual(['.cursor/mcp.json', SETTINGS]);
  });

  it('shows what goes and asks, and has nothing to do where nothing is', async () => {
    await done('--client', 'cursor');
    expect(await init(['--remove'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect(read('.cursor/mcp.json')).toBeDefined();
    await done('--remove');
    expect(await init(['--remove'])).toMatchObject({ code: 0, stdout: 'Nothing to remove here.\n', stderr: '' });
  });

  it('of a registration that came by another way takes out ours alone', async () => {
    write('.mcp.json', readFileSync(join(dirname(dirname(CLI)), 'mcp.json'), 'utf8'));
    write('.cursor/mcp.json', '{"mcpServers":{"paw":{"command":"other-paw"},"b":{}}}');
    await done('--remove');
    // Whose file it is nobody knows, so it stays.
    expect(contents(['.mcp.json', '.cursor/mcp.json'])).toEqual([
      '{}\n',
      '{"mcpServers":{"paw":{"command":"other-paw"},"b":{}}}',
    ]);
  });
});

describe('worktrees', () => {
  it('that lack it are named, and get it with --yes; --remove finds them again', async () => {
    const a = await repository.addWorktree('feat/a');
    const b = await repository.addWorktree('feat/b');
    const asked = await init(['--client', 'claude-code']);
    expect(asked.stdout).toContain(`${a}: .mcp.json`);
    expect(asked.stdout).toContain(`${b}: .mcp.json`);
    await done('--client', 'claude-code', '--git-hooks');
    expect(read('.mcp.json', a)).toBe(read('.mcp.json'));
    expect(read('.mcp.json', b)).toBe(read('.mcp.json'));
    expect((await init(['--remove', '--yes'], a)).stdout).toContain(`${main}: .mcp.json`);
    expect([main, a, b].map((folder) => read('.mcp.json', folder))).toEqual([undefined, undefined, undefined]);
    expect(await repository.git(a, 'status', '--short')).toBe('');
  });

  it('a file that is a link stays one', async () => {
    write('shared.json', '{"mcpServers":{}}', sandbox.root);
    symlinkSync(join(sandbox.root, 'shared.json'), join(main, '.mcp.json'));
    await done('--client', 'claude-code');
    expect(lstatSync(join(main, '.mcp.json')).isSymbolicLink()).toBe(true);
    expect(read('shared.json', sandbox.root)).toContain('paw');
    await done('--remove');
    expect(read('shared.json', sandbox.root)).toBe('{"mcpServers":{}}');
  });
});
