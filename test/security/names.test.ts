import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitRefused, otherBranch } from '../../src/errors/git-hooks.ts';
import { configure, readLog } from '../e2e/coordinators.ts';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/* Names that somebody chose so that a program or a shell takes them for something else than a name. */

let sandbox: Sandbox;
let repository: TestRepository;
let main: string;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository();
  main = repository.main;
});
afterEach(() => sandbox.dispose());

/** A worktree on a branch whose name git's own commands would not make. */
async function worktreeOn(branch: string): Promise<string> {
  const folder = join(sandbox.root, 'odd');
  await repository.git(main, 'update-ref', `refs/heads/${branch}`, 'HEAD');
  await repository.git(main, 'worktree', 'add', '--quiet', '--detach', folder);
  await repository.git(folder, 'symbolic-ref', 'HEAD', `refs/heads/${branch}`);
  return folder;
}

/** The commits announced so far. */
async function announced(): Promise<(string | undefined)[]> {
  const messages = await readLog(sandbox, repository);
  return messages.flatMap((message) => (message.type === 'agent.artifact' ? [message.payload.commit] : []));
}

describe('a name that begins with a dash', () => {
  it.each(['--help', '--upload-pack=touch', '-d'])('is a name as a branch: %s', async (branch) => {
    const folder = await worktreeOn(branch);
    const a = await openSession(sandbox, folder);
    const { you } = await a.call('status');
    const commit = await repository.commit(folder, { 'x.txt': 'x' });
    await until(async () => (await announced()).includes(commit), { what: 'the commit to be seen' });
    const supervisor = await openSession(sandbox, main, { args: ['--role', 'supervisor'] });
    expect(await supervisor.call('publish', { type: 'verified', to: branch, commit })).toMatchObject({ commit });
    expect(await supervisor.call('publish', { type: 'note', to: branch, text: 'to a branch' })).toMatchObject({
      to: [you],
    });
    const merged = { type: 'advanced-main', merged_branch: branch };
    expect(await supervisor.call('publish', { ...merged, base: branch })).toMatchObject({ commit });
    for (const base of ['--all', '-x', '--output=pwned'])
      await expect(supervisor.call('publish', { ...merged, base })).rejects.toThrow(`"${base}" is no branch`);
    await expect(supervisor.call('publish', { ...merged, merged_branch: '--all' })).resolves.toHaveProperty('commit');
    expect(readdirSync(repository.commonDir)).not.toContain('pwned');
  });

  it('is a name as a path', async () => {
    const names = ['-rf', '--force', '-', '--exec=touch pwned'];
    const folder = await repository.addWorktree('feat/a');
    const [a, b] = [await openSession(sandbox, folder), await openSession(sandbox, main, { args: ['--agent', 'b'] })];
    expect(await b.call('claim', { paths: names })).toMatchObject({ granted: true });
    for (const name of names) writeFileSync(join(folder, name), 'x');
    const seen = async () => (await a.call('status', { agent: 'feat-a', detail: 'full' })).agents[0]?.modified_files;
    await until(async () => (await seen())?.toString() === [...names].sort().join(), { what: 'the files to be seen' });
    expect(await runCli(sandbox, main, ['release', '--force', '--', '--force'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Released: --force.'),
    });
    expect((await b.call('release', { all: true })).released.sort()).toEqual(
      names.filter((name) => name !== '--force').sort(),
    );
  });

  it.each([
    [['--agent=-x'], {}],
    [['--agent=--help'], {}],
    [[], { PAW_AGENT_ID: '--role=supervisor' }],
    [[], { PAW_AGENT_ID: '../../x' }],
    [[], { PAW_AGENT_ID: '\u001b[2Jx' }],
  ])('is refused as an id: %j %j', async (args, env) => {
    const result = await runCli(sandbox, main, ['mcp', ...args], { env });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/cannot be an agent id.*starts with a lower-case letter/);
    expect(result.stderr).not.toContain('\u001b');
  });
});

describe('a name that a shell would run', () => {
  const BRANCH = 'feat/$(touch$IFS"pwned1")`touch$IFS"pwned2"`;touch$IFS"pwned3"|x&y\'';

  it('is data to the gate, which has it in a variable, and no message reaches its shell', async () => {
    configure(repository, {
      verify: { command: 'echo $PAW_GATE_BRANCH; echo "$PAW_GATE_BRANCH" "$PAW_GATE_COMMIT"; exit 1' },
    });
    const folder = await worktreeOn(BRANCH);
    const a = await openSession(sandbox, folder);
    await a.call('publish', { type: 'status', status: 'working', text: '"; touch pwned4; "' });
    writeFileSync(join(folder, '$(touch pwned5)'), 'x');
    await repository.git(folder, 'add', '--all');
    await repository.git(folder, 'commit', '--quiet', '--message', '$(touch pwned6) `touch pwned7`');
    const commit = await repository.git(folder, 'rev-parse', 'HEAD');
    const feedback = await until(
      async () => (await readLog(sandbox, repository)).find((message) => message.type === 'agent.feedback'),
      { what: 'the verdict of the gate' },
    );
    expect(feedback.payload).toMatchObject({
      errors: [expect.stringContaining('exit code 1'), BRANCH, `${BRANCH} ${commit}`],
    });
    const places = [repository.commonDir, join(repository.stateDir, 'gate', 'clone'), folder, main];
    for (const place of places) expect(readdirSync(place).filter((name) => /^pwned/.test(name))).toEqual([]);
  });

  it('is quoted in every command that is told to be copied', async () => {
    const file = { path: "it's $(x)", claimed: 'src', holder: 'b', expires_in_seconds: 5 };
    expect(commitRefused([file])).toContain(`git restore --staged -- ':/it'\\''s $(x)'`);
    expect(commitRefused([{ ...file, path: '-rf' }])).toContain('git restore --staged -- :/-rf`');
    const said = otherBranch({ branch: '$(x)', agent: 'a', own: 'feat/`y`' });
    expect(said).toContain("`git switch 'feat/`y`'` and `git cherry-pick '$(x)'`");
  });

  it('is quoted in git hooks and in the settings of clients, wherever the repository lies', async () => {
    const folder = join(sandbox.root, 'it\'s $(touch pwned) `touch pwned` "x"');
    mkdirSync(folder);
    await repository.git(folder, 'init', '--quiet', '--initial-branch=main');
    const init = ['init', '--client', 'claude-code', '--hooks', '--git-hooks', '--yes'];
    expect(await runCli(sandbox, folder, init)).toMatchObject({ code: 0, stderr: '' });
    writeFileSync(join(folder, 'x'), 'x');
    await repository.git(folder, 'add', 'x');
    await repository.git(folder, 'commit', '--quiet', '--message', 'x');
    const settings: unknown = JSON.parse(readFileSync(join(folder, '.claude', 'settings.json'), 'utf8'));
    expect(JSON.stringify(settings)).not.toContain('touch');
    for (const place of [folder, sandbox.root]) expect(readdirSync(place)).not.toContain('pwned');
  });
});
