import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../src/doctor/check.ts';
import { ownIdentity } from '../../src/repository/election.ts';
import { electionFile } from '../../src/repository/layout.ts';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { configure, coordinatorsOf, linkTo } from './coordinators.ts';

/* Git hooks as git runs them: real commits and pushes in worktrees, with a real coordinator. */

let sandbox: Sandbox;
let repository: TestRepository;
let a: string;
let b: string;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
  a = repository.worktree('feat/a');
  b = repository.worktree('feat/b');
});
afterEach(() => sandbox.dispose());

interface GitResult {
  code: number;
  stderr: string;
}

/** Runs git; a failure is a result. */
function git(folder: string, ...args: string[]): Promise<GitResult> {
  return new Promise((resolve) => {
    execFile('git', args, { cwd: folder, env: sandbox.env }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}

async function install(folder = repository.main): Promise<void> {
  const result = await runCli(sandbox, folder, ['init', '--git-hooks', '--yes']);
  expect(result).toMatchObject({ code: 0, stderr: '' });
}

function write(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** Stages files and commits them. */
async function commit(folder: string, ...names: string[]): Promise<GitResult> {
  write(folder, Object.fromEntries(names.map((name) => [name, `${Math.random()}`])));
  await git(folder, 'add', '--all');
  return git(folder, 'commit', '--message', 'change');
}

/** The agent of `feat/b` reserves what others then try to commit. */
async function claimed(...paths: string[]): Promise<void> {
  const session = await openSession(sandbox, b);
  await session.call('claim', { paths, reason: 'tokens' });
}

const PASSED = { code: 0, stderr: '' };

describe('a commit', () => {
  beforeEach(() => install());

  it("inside another worktree's claim is refused with holder, reason and what to do", async () => {
    await claimed('src/auth/**');
    const refused = await commit(a, 'src/auth/login.ts', 'src/new ü.ts');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /not committed.*\n {2}src\/auth\/login\.ts \(in src\/auth\/\*\*\), by feat-b for "tokens", 15 min left\n.*git restore --staged/s,
    );
    expect(await git(a, 'restore', '--staged', 'src/auth/login.ts')).toMatchObject({ code: 0 });
    expect(await git(a, 'commit', '--message', 'rest')).toEqual(PASSED);
    expect(await commit(b, 'src/auth/login.ts')).toEqual(PASSED);
  });

  it('is refused with a command that takes all that is refused out of it, from any folder', async () => {
    await claimed('src');
    const names = ["src/it's.ts", 'src/[x] y.ts', 'src/new.ts', 'src/deep/a.ts'];
    await commit(a, ...names, 'mine.ts');
    const { stderr } = await git(join(a, 'src', 'deep'), 'commit', '--message', 'all');
    const [, command = ''] = /`(git restore --staged -- .+?)` and commit the rest/.exec(stderr) ?? [];
    expect(command).toContain(' :/src/new.ts');
    await promisify(execFile)('sh', ['-c', command], { cwd: join(a, 'src', 'deep'), env: sandbox.env });
    expect(await repository.git(a, 'diff', '--cached', '--name-only')).toBe('mine.ts');
    expect(await git(a, 'commit', '--message', 'rest')).toEqual(PASSED);
  });

  it('of a file of which another holds a part is refused to whoever holds none', async () => {
    await claimed('src/x.ts#function:login');
    const refused = await commit(a, 'src/x.ts');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('  src/x.ts (its part src/x.ts#function:login), by feat-b for "tokens"');
    expect(refused.stderr).toContain('claim {"paths":["src/x.ts#function:NAME"]}, and commit again');
    await (await openSession(sandbox, a)).call('claim', { paths: ['src/x.ts#function:logout'] });
    expect(await git(a, 'commit', '--message', 'again')).toEqual(PASSED);
  });

  it('is judged by what is staged: also by -a, a removal, either name of a rename', async () => {
    await repository.commit(a, { 'mine.ts': '1', 'theirs.ts': '2', 'old.ts': '3' });
    await claimed('theirs.ts', 'old.ts', 'new.ts');
    write(a, { 'mine.ts': 'x', 'theirs.ts': 'x' });
    expect(await git(a, 'commit', '--message', 'one', 'mine.ts')).toEqual(PASSED);
    expect(await git(a, 'commit', '--all', '--message', 'all')).toMatchObject({ code: 1 });
    await git(a, 'checkout', '--force', 'HEAD', '--', '.');
    await git(a, 'rm', '--quiet', 'theirs.ts');
    expect((await git(a, 'commit', '--message', 'gone')).stderr).toContain('  theirs.ts, by feat-b');
    await git(a, 'reset', '--quiet', '--hard');
    await git(a, 'mv', 'old.ts', 'moved.ts');
    expect((await git(a, 'commit', '--message', 'moved')).stderr).toContain('  old.ts, by feat-b');
    await git(a, 'reset', '--quiet', '--hard');
    await git(a, 'mv', 'mine.ts', 'new.ts');
    expect((await git(a, 'commit', '--message', 'taken')).stderr).toContain('  new.ts, by feat-b');
  });

  it('of a thousand files and more is judged whole, and in a subfolder', async () => {
    await claimed('zz.ts');
    const names = Array.from({ length: 2100 }, (_, index) => `many/file-${index}.ts`);
    write(a, Object.fromEntries([...names, 'zz.ts'].map((name) => [name, 'x'])));
    await git(a, 'add', '--all');
    expect((await git(join(a, 'many'), 'commit', '--message', 'many')).stderr).toContain('  zz.ts, by feat-b');
  });

  it('of a person in the main worktree is never held up, and told', async () => {
    await claimed('src/auth');
    const { code, stderr } = await commit(repository.main, 'src/auth/login.ts');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('login.ts (in src/auth), by feat-b') });
  });

  it('during a merge, a cherry-pick, a revert or a rebase is only warned of', async () => {
    await repository.commit(a, { 'x.ts': 'base\n' });
    await git(b, 'reset', '--quiet', '--hard', 'feat/a');
    await repository.commit(b, { 'x.ts': 'theirs\n' });
    await repository.commit(a, { 'x.ts': 'ours\n' });
    await claimed('x.ts');
    const continued = async (start: string[], proceed: string[]): Promise<GitResult> => {
      expect((await git(a, ...start)).code).not.toBe(0);
      write(a, { 'x.ts': `solved ${start.join(' ')}\n` });
      await git(a, 'add', 'x.ts');
      const result = await git(a, '-c', 'core.editor=true', ...proceed);
      return result;
    };
    const warned = (what: string) => ({ code: 0, stderr: expect.stringContaining(`(${what})`) });
    expect(await continued(['merge', 'feat/b'], ['commit', '--no-edit'])).toMatchObject(warned('merge'));
    await git(a, 'reset', '--quiet', '--hard', 'HEAD^');
    expect(await continued(['cherry-pick', 'feat/b'], ['commit', '--no-edit'])).toMatchObject(warned('cherry-pick'));
    await git(a, 'reset', '--quiet', '--hard', 'HEAD^');
    expect(await continued(['revert', '--no-edit', 'HEAD^'], ['commit', '--no-edit'])).toMatchObject(warned('revert'));
    await git(a, 'reset', '--quiet', '--hard', 'HEAD^');
    expect(await continued(['rebase', 'feat/b'], ['commit', '--no-edit'])).toMatchObject(warned('rebase'));
  });

  it('on a detached HEAD passes', async () => {
    await claimed('x.ts');
    await git(a, 'switch', '--quiet', '--detach');
    expect(await commit(a, 'x.ts')).toMatchObject({ code: 0, stderr: expect.stringContaining('detached HEAD') });
  });
});

describe('a commit to another branch than the agent’s', () => {
  beforeEach(async () => {
    await install();
    await (await openSession(sandbox, a)).call('status');
    await git(a, 'switch', '--quiet', '--create', 'elsewhere');
  });
  const guardIs = (branch: string): Promise<unknown> => {
    configure(repository, { guard: { branch } });
    // The setting is in force as soon as the coordinator has read the file again.
    return until(
      async () => {
        const { code, stderr } = await commit(a, 'probe.ts');
        const now = code === 1 ? 'block' : stderr === '' ? 'off' : 'warn';
        return now === branch;
      },
      { what: `guard.branch ${branch} to be in force` },
    );
  };

  it('is warned of', async () => {
    expect(await commit(a, 'x.ts')).toEqual({
      code: 0,
      stderr: expect.stringMatching(/goes to elsewhere, and feat-a, .* has the branch feat\/a/),
    });
    await git(a, 'switch', '--quiet', 'feat/a');
    expect(await commit(a, 'x.ts')).toEqual(PASSED);
  });

  it('is refused, or passed, if the configuration says so', async () => {
    await guardIs('block');
    expect((await commit(a, 'x.ts')).stderr).toContain('`git switch feat/a`');
    await guardIs('off');
  });

  it('is none if the branch was renamed', async () => {
    await git(a, 'branch', '--delete', '--force', 'feat/a');
    expect(await commit(a, 'x.ts')).toEqual(PASSED);
  });
});

describe('a push', () => {
  beforeEach(async () => {
    await install();
    const remote = join(sandbox.root, 'remote.git');
    await git(sandbox.root, 'init', '--quiet', '--bare', remote);
    await git(repository.main, 'remote', 'add', 'origin', remote);
    await runCli(sandbox, a, ['start']);
  });
  const push = (folder: string, branch: string): Promise<GitResult> => git(folder, 'push', '--quiet', 'origin', branch);

  it('passes, and is refused in the worktrees of agents if the configuration says so', async () => {
    expect(await push(a, 'feat/a')).toEqual(PASSED);
    configure(repository, { guard: { push: 'block' } });
    const refused = await until(
      async () => {
        await git(a, 'commit', '--quiet', '--allow-empty', '--message', 'more');
        const result = await push(a, 'feat/a');
        return result.code !== 0 && result;
      },
      { what: 'guard.push to be in force' },
    );
    expect(refused.stderr).toContain('guard.push');
    expect(await push(repository.main, 'main')).toEqual(PASSED);
  });
});

describe('without anybody to ask', () => {
  beforeEach(() => install());

  it('a commit passes with a warning, in the main worktree without', async () => {
    expect(await commit(a, 'x.ts')).toEqual({ code: 0, stderr: expect.stringContaining('unchecked') });
    expect(await commit(repository.main, 'x.ts')).toEqual(PASSED);
    expect(coordinatorsOf(repository)).toEqual([]);
  });

  it('a commit does not wait for a coordinator that says nothing', async () => {
    const socket = join(sandbox.root, 'run', 'deaf.sock');
    const deaf = createServer((peer) => peer.on('error', () => {}).resume());
    deaf.listen(socket);
    await once(deaf, 'listening');
    sandbox.defer(async () => void deaf.close());
    mkdirSync(repository.stateDir, { recursive: true });
    writeFileSync(electionFile(repository.stateDir, 1), JSON.stringify({ ...ownIdentity(), socket }));
    expect(await commit(a, 'x.ts')).toEqual({ code: 0, stderr: expect.stringContaining('did not answer within 2 s') });
  });
});

describe('beside hooks that are there', () => {
  const theirs = (file: string, text: string): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  };

  it('both have a say, theirs first', async () => {
    const hook = join(repository.commonDir, 'hooks', 'pre-commit');
    theirs(hook, '#!/bin/sh\necho theirs >&2\n[ ! -e refuse ]\nexit $?\n');
    await install();
    expect(readFileSync(hook, 'utf8')).toContain('echo theirs >&2\n');
    await claimed('x.ts');
    expect((await commit(a, 'x.ts')).stderr).toMatch(/^theirs\npaw-coordinator: not committed/);
    await git(a, 'reset', '--quiet');
    expect(await commit(b, 'refuse')).toEqual({ code: 1, stderr: 'theirs\n' });
  });

  it('core.hooksPath is followed', async () => {
    await git(repository.main, 'config', 'core.hooksPath', join(sandbox.root, 'own-hooks'));
    await install();
    expect(readFileSync(join(sandbox.root, 'own-hooks', 'pre-commit'), 'utf8')).toContain('git-hook pre-commit');
  });

  /** As husky does: its files are ignored by git, so that no other worktree has them. */
  const installHusky = (worktree: string): void => {
    for (const hook of ['pre-commit', 'pre-push'])
      theirs(join(worktree, '.husky', '_', hook), `#!/bin/sh\n[ ! -f .husky/${hook} ] || sh -e .husky/${hook}\n`);
    write(worktree, { '.husky/_/.gitignore': '*' });
  };

  it('husky is followed, and init and doctor name the worktrees in which it is not installed', async () => {
    await repository.commit(repository.main, { '.husky/pre-commit': 'true\n' });
    for (const worktree of [a, b]) await git(worktree, 'merge', '--quiet', 'main');
    await git(repository.main, 'config', 'core.hooksPath', '.husky/_');
    installHusky(repository.main);
    installHusky(b);
    const init = await runCli(sandbox, repository.main, ['init', '--git-hooks', '--yes']);
    expect(init).toMatchObject({ code: 1, stderr: expect.stringContaining(`does not reach the hooks in ${a}: `) });
    expect(init.stderr).toContain(`cd ${a} && npx husky`);
    const doctor = async (): Promise<Check | undefined> => {
      const { stdout } = await runCli(sandbox, repository.main, ['doctor', '--json']);
      return (JSON.parse(stdout) as { checks: Check[] }).checks.find(({ name }) => name === 'git hooks');
    };
    const wrong = await doctor();
    expect(wrong).toMatchObject({ ok: false, detail: expect.stringContaining(`does not reach them in ${a},`) });
    expect(wrong?.fix).toBe(
      `Install husky in ${a} as the project does, such as with \`npx husky\` or \`npm run prepare\`.`,
    );
    installHusky(a);
    expect(await doctor()).toMatchObject({ ok: true, detail: expect.stringContaining('pre-commit and pre-push in') });
    await claimed('x.ts');
    expect((await commit(a, 'x.ts')).stderr).toContain('not committed');
    await install();
  });

  it.each([
    [
      'core.hooksPath of all repositories',
      async () => {
        writeFileSync(sandbox.env.GIT_CONFIG_GLOBAL ?? '', `[core]\n\thooksPath = ${join(sandbox.root, 'all')}\n`);
      },
      'core.hooksPath',
    ],
    [
      'a hook that no shell runs',
      async () => {
        theirs(join(repository.commonDir, 'hooks', 'pre-commit'), '#!/usr/bin/env python3\nprint(1)\n');
      },
      'git-hook pre-commit',
    ],
    [
      'a hook that is switched off',
      async () => {
        const hook = join(repository.commonDir, 'hooks', 'pre-commit');
        theirs(hook, '#!/bin/sh\nexit 1\n');
        chmodSync(hook, 0o644);
      },
      'executable',
    ],
  ])('%s is left alone, with what to do', async (_what, prepare, words) => {
    await prepare();
    const result = await runCli(sandbox, repository.main, ['init', '--git-hooks', '--yes']);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining(words) });
  });

  it('what is asked with a version of the link nobody knows is refused', async () => {
    await runCli(sandbox, a, ['start']);
    const link = linkTo(sandbox, repository);
    await expect(link.request('guard', { protocol: 99, worktree: a })).rejects.toThrow('version');
    await expect(link.request('guard', { protocol: 1, worktree: '' })).rejects.toThrow('guard');
  });
});
