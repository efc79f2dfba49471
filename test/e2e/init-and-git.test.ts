import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CliResult, runCli } from '../harness/cli.ts';
import { CLI } from '../harness/dist.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

/* What git sees of what init has written: nothing that names this machine, and all that can be shared. */

const EXCLUDE = '.git/info/exclude';
const TRACKED = '{\n  "mcpServers": {}\n}\n';

let sandbox: Sandbox;
let repository: TestRepository;
let main: string;
/** PATH with git and Node and nothing else. */
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

function init(...args: string[]): Promise<CliResult> {
  return runCli(sandbox, main, ['init', ...args, '--yes'], { env: { PATH: path } });
}

/** Runs `init`, which must end well; returns what it printed. */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await init(...args);
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

/** What `git status` shows in the worktree, untracked files too. */
const status = (folder = main): Promise<string> => repository.git(folder, 'status', '--porcelain', '-uall');

describe('a file that init makes', () => {
  it('leaves every worktree clean, and so does its removal', async () => {
    const other = await repository.addWorktree('feat/a');
    const before = read(EXCLUDE);
    const said = await done('--client', 'claude-code', '--client', 'codex', '--hooks');
    expect(said).toContain('git leaves them out of commits here (.git/info/exclude)');
    expect([await status(), await status(other)]).toEqual(['', '']);
    await done('--remove');
    expect([await status(), await status(other)]).toEqual(['', '']);
    expect(read(EXCLUDE)).toBe(before);
  });

  it('is to be committed if it is portable, and stays visible if it was there before', async () => {
    await done('--client', 'cursor', '--portable');
    write('.gemini/settings.json', '{}');
    await done('--client', 'gemini');
    expect((await status()).split('\n')).toEqual(['?? .cursor/mcp.json', '?? .gemini/settings.json']);
  });

  it('is shown again once it is portable, in all worktrees', async () => {
    const other = await repository.addWorktree('feat/a');
    await done('--client', 'claude-code', '--client', 'cursor');
    expect(await done('--client', 'cursor', '--portable')).toContain(
      'so git shows them again, to be committed: .cursor/mcp.json.',
    );
    expect([await status(), await status(other)]).toEqual(['?? .cursor/mcp.json', '?? .cursor/mcp.json']);
  });

  it('names no path of this machine where the command is on PATH, and git sees it', async () => {
    writeFileSync(join(path, 'paw-coordinator'), '#!/bin/sh\n', { mode: 0o755 });
    expect(await done('--client', 'claude-code', '--hooks')).not.toContain('paths of this machine');
    expect((await status()).split('\n')).toEqual(['?? .claude/settings.json', '?? .mcp.json']);
  });

  it('is not left out if it could not be written: behind a link that leads nowhere', async () => {
    symlinkSync(join(sandbox.root, 'nowhere.json'), join(main, '.mcp.json'));
    symlinkSync(join(sandbox.root, 'nowhere'), join(main, '.cursor'));
    const before = read(EXCLUDE);
    const { code, stderr } = await init('--client', 'claude-code', '--client', 'cursor', '--client', 'codex');
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(main, '.mcp.json')} is a link to ${join(sandbox.root, 'nowhere.json')}`);
    expect(stderr).toContain(`${join(main, '.cursor')} is a link to`);
    expect(stderr).not.toContain('EEXIST');
    expect(
      read(EXCLUDE)
        ?.slice(before?.length)
        .split('\n')
        .filter((line) => line.startsWith('/')),
    ).toEqual(['/.codex/config.toml']);
    await done('--remove');
  });
});

describe('a tracked file that init changes', () => {
  let other: string;
  beforeEach(async () => {
    await repository.commit(main, { '.mcp.json': TRACKED, '.husky/pre-commit': 'true\n' });
    other = await repository.addWorktree('feat/a');
  });
  const both = (): Promise<string[]> => Promise.all([status(main), status(other)]);

  it('leaves every worktree clean, cannot be committed by accident, and is as before after --remove', async () => {
    await repository.git(main, 'config', 'core.hooksPath', '.husky');
    for (const folder of [main, other]) execFileSync('chmod', ['+x', join(folder, '.husky/pre-commit')]);
    await repository.git(main, 'config', 'core.fileMode', 'false');
    const said = await done('--client', 'claude-code', '--git-hooks');
    expect(said).toMatch(/see no change in them here \(skip-worktree\): .mcp.json, .husky\/pre-commit\. .*--portable/);
    for (const folder of [main, other]) {
      expect(read('.mcp.json', folder)).toContain(CLI);
      expect(read('.husky/pre-commit', folder)).toContain(CLI);
    }
    expect(await both()).toEqual(['', '']);
    const commit = ['-c', 'core.hooksPath=/dev/null', 'commit', '--all', '--message', 'all'];
    await expect(promisify(execFile)('git', commit, { cwd: other, env: sandbox.env })).rejects.toThrow();
    expect(await done('--client', 'claude-code', '--git-hooks')).toContain('nothing to change');
    await done('--remove');
    expect([read('.mcp.json'), read('.mcp.json', other)]).toEqual([TRACKED, TRACKED]);
    write('.mcp.json', '{}', other);
    write('.husky/pre-commit', 'false\n', other);
    expect(await status(other)).toBe('M .husky/pre-commit\n M .mcp.json');
  });

  it('is shown to be committed once it is portable', async () => {
    await done('--client', 'claude-code');
    expect(await both()).toEqual(['', '']);
    expect(await done('--client', 'claude-code', '--portable')).toContain(
      'so git shows them again, to be committed: .mcp.json',
    );
    expect(await both()).toEqual(['M .mcp.json', 'M .mcp.json']);
  });

  it('stays visible with the changes of its user, and what the user hid stays hidden', async () => {
    write('.mcp.json', '{ "mcpServers": { "mine": { "command": "m" } } }');
    await repository.git(other, 'update-index', '--skip-worktree', '.mcp.json');
    const said = await done('--client', 'claude-code');
    expect(said).toContain('Git shows them as changed');
    expect(said.match(/\.mcp\.json\. They hold/g)).toHaveLength(1);
    expect(said).not.toContain('skip-worktree');
    await done('--remove');
    expect(await status()).toBe('M .mcp.json');
    expect(await repository.git(other, 'ls-files', '-v', '.mcp.json')).toBe('S .mcp.json');
  });

  it('is said to be visible where git does not keep the mark: with a sparse checkout', async () => {
    await repository.git(other, 'sparse-checkout', 'set', '--no-cone', '/*');
    expect(await done('--client', 'claude-code')).toMatch(/Git shows them as changed/);
  });
});
