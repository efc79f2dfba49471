import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClaudeHooks } from '../../src/clients/claude-hooks.ts';
import type { Check } from '../../src/doctor/check.ts';
import { ownIdentity } from '../../src/repository/election.ts';
import { electionFile } from '../../src/repository/layout.ts';
import { runCli } from '../harness/cli.ts';
import { CLI } from '../harness/dist.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { configure, coordinatorsOf, holderOf, killCoordinator, readLog } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
});
afterEach(() => sandbox.dispose());

const COMMAND = [process.execPath, CLI];
/** In empty settings there is nothing to be told from ours. */
const NONE_OURS = () => undefined;
/** The command of an installation that is gone. */
const gone = () => [process.execPath, join(sandbox.root, 'gone', 'paw-coordinator', 'dist', 'cli.js')];

interface Found {
  ok: boolean;
  checks: Check[];
  repair?: { repaired: boolean; lines: string[] };
  /** The finding of this name. */
  of(name: string): Check | undefined;
}

/** What `doctor --json` finds; its exit code must fit. */
async function doctor(folder = repository.main, ...args: string[]): Promise<Found> {
  const { code, stdout, stderr } = await runCli(sandbox, folder, ['doctor', '--json', ...args]);
  expect(stderr).toBe('');
  const found = JSON.parse(stdout) as Omit<Found, 'of'>;
  expect(code).toBe(found.ok ? 0 : 1);
  expect(found.ok).toBe(found.checks.every(({ ok }) => ok));
  for (const check of found.checks) if (!check.ok) expect(check.fix).toEqual(expect.any(String));
  return { ...found, of: (name) => found.checks.find((check) => check.name === name) };
}

async function stop(): Promise<void> {
  expect(await runCli(sandbox, repository.main, ['stop'])).toMatchObject({ code: 0 });
}

function journal(): string[] {
  const folder = join(repository.stateDir, 'journal');
  return readdirSync(folder).map((name) => join(folder, name));
}

/** Damages a line of the only journal segment, counted from 1. */
function damage(line: number): void {
  const [file = ''] = journal();
  const lines = readFileSync(file, 'utf8').split('\n');
  lines[line - 1] = (lines[line - 1] ?? '').replace('"n"', '"m"');
  writeFileSync(file, lines.join('\n'));
}

function register(worktree: string, command = COMMAND): void {
  const [program, ...args] = command;
  const paw = { type: 'stdio', command: program, args: [...args, 'mcp'] };
  writeFileSync(join(worktree, '.mcp.json'), JSON.stringify({ mcpServers: { paw } }));
}

function install(worktree: string, command = COMMAND): void {
  mkdirSync(join(worktree, '.claude'));
  writeFileSync(join(worktree, '.claude', 'settings.json'), JSON.stringify(withClaudeHooks({}, command, NONE_OURS)));
}

describe('a repository in which all is well', () => {
  it('has no failure before anything was set up, and every finding for people too', async () => {
    const { ok, checks, of } = await doctor();
    expect(ok).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'git', 'repository', 'worktrees', 'socket folder', 'space', 'configuration']),
    );
    expect(of('worktrees')?.detail).toBe('main (here), feat/a');
    expect(of('coordinator')?.detail).toContain('none runs');
    expect(of('round trip')?.detail).toContain('answered');
    expect(of('registrations')?.fix).toContain('init');
    const { code, stdout } = await runCli(sandbox, repository.main, ['doctor']);
    expect(code).toBe(0);
    expect(stdout).toContain('Everything is as it should be.');
    expect(coordinatorsOf(repository)).toHaveLength(1);
  });

  it('names a command that works where its name is not on PATH, and the name where it is', async () => {
    const bin = join(sandbox.root, 'bin');
    const fix = async (path: string): Promise<string | undefined> => {
      const { stdout } = await runCli(sandbox, repository.main, ['doctor', '--json'], { env: { PATH: path } });
      const { checks } = JSON.parse(stdout) as { checks: Check[] };
      return checks.find(({ name }) => name === 'registrations')?.fix;
    };
    mkdirSync(bin);
    symlinkSync(execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim(), join(bin, 'git'));
    expect(await fix(bin)).toBe(`Run \`${process.execPath} ${CLI} init\`.`);
    writeFileSync(join(bin, 'paw-coordinator'), '#!/bin/sh\n', { mode: 0o755 });
    expect(await fix(bin)).toBe('Run `paw-coordinator init`.');
  });

  it('tells of the running coordinator and its state', async () => {
    await runCli(sandbox, repository.main, ['tell', 'feat/a', 'hello']);
    const { of } = await doctor(repository.worktree('feat/a'));
    const { pid, socket } = holderOf(repository);
    expect(of('coordinator')?.detail).toBe(`running: process ${pid}, version 0.1.0, socket ${socket}`);
    expect(of('state')?.detail).toMatch(/^\d+ records, 0 of them in the snapshot; journal \d+ KB in 1 segment$/);
    expect(of('worktrees')?.detail).toBe('main, feat/a (here)');
  });

  it('tries out how news reaches a registered client, and leaves no trace of it', async () => {
    register(repository.main);
    install(repository.main);
    await runCli(sandbox, repository.main, ['tell', 'main', 'hello']);
    const { ok, of } = await doctor();
    expect(ok).toBe(true);
    expect(of('registration of claude-code')?.detail).toContain(CLI);
    expect(of('hooks of claude-code')?.detail).toContain('settings.json');
    const path = of('wake path of claude-code')?.detail;
    expect(path).toMatch(/hooks at its next step \(tried: answered in \d+ ms\)/);
    expect(path).toContain('poll while it waits (tried: its server answers)');
    const status = await runCli(sandbox, repository.main, ['status', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ agents: [], offline: expect.arrayContaining(['main']) });
    const inbox = await runCli(sandbox, repository.main, ['inbox', 'main', '--json']);
    expect(JSON.parse(inbox.stdout)).toMatchObject({ unread: 1, messages: [{ state: 'unread' }] });
  });

  it('runs nothing that a file of the repository names but this program', async () => {
    const trap = join(repository.main, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch '${join(sandbox.root, 'sprung')}'\n`);
    chmodSync(trap, 0o755);
    register(repository.main, [trap, 'paw-coordinator']);
    install(repository.main, [trap, ';', 'paw-coordinator']);
    const { of } = await doctor();
    expect(of('wake path of claude-code')?.detail).toContain('not tried');
    expect(readdirSync(sandbox.root)).not.toContain('sprung');
  });
});

describe('what is broken is found, with what to do', () => {
  it('no repository', async () => {
    const { ok, of } = await doctor(sandbox.root);
    expect(ok).toBe(false);
    expect(of('repository')?.fix).toContain('git init');
  });

  it('a configuration that cannot be used', async () => {
    configure(repository, { claims: { disconnectGraceSeconds: 'soon' } });
    const { of } = await doctor();
    expect(of('configuration')).toMatchObject({ ok: false, detail: expect.stringContaining('disconnectGraceSeconds') });
  });

  it('a registration, hooks and git hooks of an installation that is gone', async () => {
    const [node, bundle] = gone();
    register(repository.main, gone());
    install(repository.main, gone());
    const hook = join(repository.commonDir, 'hooks', 'pre-commit');
    writeFileSync(hook, `#!/bin/sh\n# paw-coordinator\n"${node}" "${bundle}" git-hook pre-commit\n`);
    const { of } = await doctor();
    for (const name of ['registration of claude-code', 'hooks of claude-code', 'git hooks', 'wake path of claude-code'])
      expect(of(name)).toMatchObject({ ok: false, fix: expect.stringContaining('init') });
  });

  it('a git hook that may not be executed', async () => {
    await runCli(sandbox, repository.main, ['init', '--git-hooks', '--yes']);
    expect((await doctor()).of('git hooks')).toMatchObject({ ok: true });
    const hook = join(repository.commonDir, 'hooks', 'pre-commit');
    chmodSync(hook, 0o644);
    expect((await doctor(repository.worktree('feat/a'))).of('git hooks')).toMatchObject({
      ok: false,
      fix: `Run \`chmod +x ${hook}\`.`,
    });
  });

  it('a hook of one event only whose program is gone', async () => {
    const { hooks } = withClaudeHooks({}, COMMAND, NONE_OURS);
    const { PreToolUse } = withClaudeHooks({}, gone(), NONE_OURS).hooks as Record<string, unknown>;
    mkdirSync(join(repository.main, '.claude'));
    const settings = { hooks: { ...Object(hooks), PreToolUse } };
    writeFileSync(join(repository.main, '.claude', 'settings.json'), JSON.stringify(settings));
    expect((await doctor()).of('hooks of claude-code')).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`for PreToolUse it runs ${gone()[1]}, which is not there`),
      fix: expect.stringContaining('init --hooks'),
    });
  });

  it('hooks that are switched off, by the settings that count most', async () => {
    register(repository.main);
    install(repository.main);
    const home = join(sandbox.env.HOME ?? '', '.claude');
    mkdirSync(home);
    const user = join(home, 'settings.json');
    writeFileSync(user, '{"disableAllHooks": true}');
    const { of } = await doctor();
    expect(of('hooks of claude-code')).toMatchObject({ ok: false, fix: expect.stringContaining(user) });
    expect(of('wake path of claude-code')?.detail).not.toContain('hooks');
    writeFileSync(join(repository.main, '.claude', 'settings.local.json'), '{"disableAllHooks": false}');
    expect((await doctor()).of('hooks of claude-code')).toMatchObject({ ok: true });
  });

  it('hooks for some of the events only', async () => {
    const { hooks } = withClaudeHooks({}, COMMAND, NONE_OURS) as { hooks: Record<string, unknown> };
    delete hooks.Stop;
    mkdirSync(join(repository.main, '.claude'));
    writeFileSync(join(repository.main, '.claude', 'settings.json'), JSON.stringify({ hooks }));
    expect((await doctor()).of('hooks of claude-code')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('Stop'),
    });
  });

  it('another server of our name, which is no failure', async () => {
    register(repository.main, ['node', join(sandbox.root, 'other', 'dist', 'cli.js')]);
    const { of } = await doctor();
    expect(of('registration of claude-code')).toMatchObject({
      ok: true,
      detail: expect.stringContaining('another server under the name paw'),
      fix: expect.stringContaining('init --client claude-code'),
    });
    expect(of('wake path of claude-code')).toBeUndefined();
  });

  it('a client that gives up before poll answers', async () => {
    mkdirSync(join(repository.main, '.codex'));
    const table = `[mcp_servers.paw]\ncommand = "${COMMAND[0]}"\nargs = ["${CLI}", "mcp"]\ntool_timeout_sec = 30\n`;
    writeFileSync(join(repository.main, '.codex', 'config.toml'), table);
    expect((await doctor()).of('wake path of codex')).toMatchObject({
      ok: false,
      fix: expect.stringContaining('50 s'),
    });
  });

  it('a file of a client that is no JSON', async () => {
    writeFileSync(join(repository.main, '.mcp.json'), '{');
    expect((await doctor()).of('registration of claude-code')).toMatchObject({ ok: false });
  });

  it('a coordinator that does not answer', async () => {
    const socket = join(sandbox.root, 'run', 'none.sock');
    mkdirSync(repository.stateDir);
    // In office is this very process, which lives; at the socket it names nobody listens.
    writeFileSync(electionFile(repository.stateDir, 1), JSON.stringify({ ...ownIdentity(), socket }));
    const { of } = await doctor();
    expect(of('coordinator')).toMatchObject({ ok: false, fix: expect.stringMatching(/`.+ stop`/) });
    expect(of('round trip')).toMatchObject({ ok: false });
  });

  it('an election file that cannot be read', async () => {
    mkdirSync(repository.stateDir);
    writeFileSync(electionFile(repository.stateDir, 3), 'none');
    expect((await doctor()).of('coordinator')).toMatchObject({
      ok: false,
      fix: expect.stringContaining('coordinator.3'),
    });
  });
});

describe('--repair', () => {
  /** Four notes in the log, of which the last two cannot be read without the damaged one before them. */
  async function damaged(): Promise<void> {
    for (const text of ['one', 'two', 'three', 'four'])
      await runCli(sandbox, repository.main, ['tell', 'feat/a', text]);
    await stop();
    const lines = readFileSync(journal()[0] ?? '', 'utf8').split('\n');
    damage(lines.findIndex((line) => line.includes('"text":"three"')) + 1);
  }

  it('keeps what can be read, says what was lost, and keeps a copy of everything', async () => {
    await damaged();
    const before = readFileSync(journal()[0] ?? '');
    const refused = await runCli(sandbox, repository.main, ['log']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('doctor --repair') });
    const wrong = await doctor();
    expect(wrong.of('state')).toMatchObject({ ok: false, fix: expect.stringContaining('doctor --repair') });
    expect(wrong.of('round trip')).toMatchObject({ ok: false });
    expect(coordinatorsOf(repository)).toEqual([]);

    const { ok, repair } = await doctor(repository.main, '--repair');

    expect(ok).toBe(true);
    const said = repair?.lines.join('\n') ?? '';
    expect(said).toMatch(/Kept: everything up to record \d+/);
    expect(said).toMatch(/Lost: records \d+ to \d+/);
    expect(said).toContain('4 (agent.note of human)');
    const folder = /A copy of everything as it was is in (.+)\. Nothing/.exec(said)?.[1] ?? '';
    const [copy = ''] = readdirSync(join(folder, 'journal'));
    expect(readFileSync(join(folder, 'journal', copy)).equals(before)).toBe(true);
    const texts = (await readLog(sandbox, repository)).map(({ payload }) => ('text' in payload ? payload.text : ''));
    expect(texts).toEqual(['one', 'two']);
    await runCli(sandbox, repository.main, ['tell', 'feat/a', 'five']);
    await killCoordinator(repository);
    await runCli(sandbox, repository.main, ['status']);
    const [one, two, five] = (await readLog(sandbox, repository)).map(({ seq }) => seq);
    expect([one, two]).toEqual([1, 2]);
    // The number of a lost message is never that of another one.
    expect(five).toBeGreaterThan(4);
  });

  it('changes nothing where all can be read, or where there is nothing', async () => {
    expect((await doctor(repository.main, '--repair')).repair).toMatchObject({ repaired: false });
    await stop();
    const before = journal().map((file) => readFileSync(file));
    const { repair } = await doctor(repository.main, '--repair');
    expect(repair).toMatchObject({ repaired: false, lines: [expect.stringContaining('Nothing was repaired')] });
    expect(journal().map((file) => readFileSync(file))).toEqual(expect.arrayContaining(before));
  });

  it('is refused while a coordinator runs', async () => {
    await runCli(sandbox, repository.main, ['start']);
    const { pid } = holderOf(repository);
    const refused = await runCli(sandbox, repository.main, ['doctor', '--repair']);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`process ${pid}`) });
    expect(holderOf(repository)).toMatchObject({ pid });
  });
});
