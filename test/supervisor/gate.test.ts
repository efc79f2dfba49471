import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStateFolder } from '../../src/repository/layout.ts';
import { type Gate, type GateJob, type GateOutcome, openGate } from '../../src/supervisor/gate.ts';
import { CHECKOUT } from '../harness/dist.ts';
import { isRunning } from '../harness/processes.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

const isLinux = process.platform === 'linux';
const BRANCH = 'feat/a';

let sandbox: Sandbox;
let repository: TestRepository;
let worktree: string;
let clone: string;
let gate: Gate;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({
    worktrees: [BRANCH],
    files: { 'a.txt': 'first\n', '.gitignore': 'cache/\n' },
  });
  worktree = repository.worktree(BRANCH);
  const { folder } = createStateFolder(repository.stateDir);
  clone = join(folder, 'gate', 'clone');
  gate = open();
});
afterEach(() => sandbox.dispose());

function open(env: Record<string, string> = {}): Gate {
  const { commonDir, stateDir } = repository;
  return openGate({ commonDir, stateDir, env: { ...sandbox.env, ...env } });
}

function run(commit: string, command: GateJob['command'], more: Partial<GateJob> = {}): Promise<GateOutcome> {
  const { signal } = new AbortController();
  return gate.run({ commit, branch: BRANCH, command, timeoutSeconds: 20, signal, ...more });
}

function commit(text: string): Promise<string> {
  return repository.commit(worktree, { 'a.txt': `${text}\n` });
}

/** The pids in files of these names in the sandbox, as soon as they are there. */
function pidsOf(...names: string[]): Promise<number[]> {
  const read = (name: string): number => Number(readFileSync(join(sandbox.root, name), 'utf8'));
  return until(() => names.every((name) => read(name) > 0) && names.map(read), { what: `pids in ${names.join(', ')}` });
}

describe('a gate', () => {
  test('judges exactly the commit it is given, and not what lies in the worktree', async () => {
    const older = await commit('older');
    const newer = await commit('newer');
    writeFileSync(join(worktree, 'a.txt'), 'not committed\n');
    const command = 'cat a.txt; git rev-parse HEAD; git status --porcelain; echo "$PAW_GATE_COMMIT $PAW_GATE_BRANCH"';
    for (const [sha, text] of [
      [newer, 'newer'],
      [older, 'older'],
    ] as const) {
      const output = `${text}\n${sha}\n${sha} ${BRANCH}\n`;
      expect(await run(sha, command)).toEqual({ passed: true, how: 'exit code 0', output });
    }
  });

  test('fails with any other exit code, and says what was printed', async () => {
    const sha = await commit('x');
    const outcome = await run(sha, 'echo out; echo err >&2; exit 7');
    expect(outcome).toEqual({ passed: false, how: 'exit code 7', output: 'out\nerr\n' });
  });

  test('takes text for the shell, and a list as it is', async () => {
    const sha = await commit('x');
    expect((await run(sha, 'echo "$PAW_GATE_BRANCH" | tr a-z A-Z')).output).toBe('FEAT/A\n');
    expect((await run(sha, ['printf', '%s|', '$PAW_GATE_BRANCH', 'a b'])).output).toBe('$PAW_GATE_BRANCH|a b|');
  });

  test('works in a clone that is no worktree of the repository, and leaves that as it was', async () => {
    const sha = await commit('x');
    const before = await repository.git(repository.main, 'worktree', 'list');
    const commitThere = 'git -c user.name=x -c user.email=x@example.com commit -qam y';
    const { output } = await run(sha, `pwd; git rev-parse --absolute-git-dir; echo y > a.txt; ${commitThere}`);
    expect(output).toBe(`${clone}\n${join(clone, '.git')}\n`);
    expect(await repository.git(repository.main, 'worktree', 'list')).toBe(before);
    expect(await repository.git(worktree, 'status', '--porcelain')).toBe('');
    expect(await repository.git(worktree, 'rev-parse', 'HEAD')).toBe(sha);
    expect(await repository.git(repository.main, 'count-objects', '-v')).toContain('garbage: 0');
  });

  test('keeps what git ignores between runs, and nothing else', async () => {
    await run(await commit('x'), 'mkdir -p cache junk/sub; echo 1 > cache/kept; git init -q junk/sub; rm a.txt');
    const { output } = await run(await commit('y'), 'cat a.txt cache/kept; ls');
    expect(output).toBe('y\n1\na.txt\ncache\n');
  });

  test('knows the branches of the repository as they are now', async () => {
    await run(await commit('x'), 'true');
    const tip = await repository.commit(repository.main, { 'b.txt': 'b\n' });
    const { output } = await run(await commit('y'), 'git rev-parse origin/main');
    expect(output).toBe(`${tip}\n`);
  });

  test('gets along with a commit that no branch has any more', async () => {
    const gone = await commit('x');
    await repository.git(worktree, 'reset', '--quiet', '--hard', 'HEAD~1');
    expect(await run(gone, 'cat a.txt')).toMatchObject({ output: 'x\n' });
  });

  test('inherits nothing that belongs to git, an agent or a client', async () => {
    gate = open({ PAW_AGENT_ID: 'x', CLAUDECODE: '1', GIT_DIR: '/nowhere', Claude_X: '1', KEPT: 'yes' });
    const { output } = await run(await commit('x'), 'env | cut -d= -f1 | sort');
    const names = output.trim().split('\n');
    expect(names.filter((name) => /^(paw|git|claude)/i.test(name))).toEqual([
      'PAW_GATE_BRANCH',
      'PAW_GATE_COMMIT',
      'PAW_RUN',
    ]);
    expect(names).toContain('KEPT');
  });

  test('runs none of the user’s git hooks', async () => {
    const hooks = join(sandbox.root, 'hooks');
    mkdirSync(hooks);
    writeFileSync(join(hooks, 'post-checkout'), `#!/bin/sh\ntouch ${join(sandbox.root, 'hooked')}\n`);
    chmodSync(join(hooks, 'post-checkout'), 0o755);
    writeFileSync(join(sandbox.env.HOME ?? '', '.gitconfig'), `[core]\n  hooksPath = ${hooks}\n`);
    await run(await commit('x'), 'true');
    expect(existsSync(join(sandbox.root, 'hooked'))).toBe(false);
  });

  test('makes an unusable clone anew, and minds no lock that a killed git has left', async () => {
    const sha = await commit('x');
    await run(sha, 'mkdir cache');
    writeFileSync(join(clone, '.git', 'index.lock'), '');
    expect(await run(sha, 'ls')).toMatchObject({ output: 'a.txt\ncache\n' });
    rmSync(join(clone, '.git', 'HEAD'));
    expect(await run(sha, 'ls')).toMatchObject({ output: 'a.txt\n' });
  });

  test('says in git’s words why a commit cannot be checked out', async () => {
    await expect(run('1234567890123456789012345678901234567890', 'true')).rejects.toMatchObject({
      name: 'PawError',
      message: expect.stringMatching(/`git checkout` failed in the gate's clone .*1234567890/),
    });
    expect(readdirSync(join(repository.stateDir, 'gate'))).toEqual(['clone']);
  });

  test('ends at its time limit', async () => {
    const outcome = await run(await commit('x'), 'echo begun; sleep 300', { timeoutSeconds: 1 });
    expect(outcome).toMatchObject({
      passed: false,
      how: 'no end within 1 s',
      output: expect.stringMatching(/^begun\n/),
    });
  });

  test('ends by its signal, also while the clone is made', async () => {
    const sha = await commit('x');
    const ending = new AbortController();
    const ended = run(sha, 'sleep 300', { signal: ending.signal });
    await until(() => existsSync(clone), { what: 'the clone to be begun' });
    ending.abort(new Error('a newer one'));
    await expect(ended).rejects.toThrow('a newer one');
    expect(await run(sha, 'cat a.txt')).toMatchObject({ passed: true, output: 'x\n' });
  });
});

describe('after kill -9 of the process that runs the gate', () => {
  /** Kills a process that runs the command at a commit, as soon as these pids are known. */
  async function killed(command: string, ...names: string[]): Promise<number[]> {
    const script = join(sandbox.root, 'holder.mjs');
    const entryPoints = [join(import.meta.dirname, 'fixtures/holder.ts')];
    await build({ entryPoints, outfile: script, bundle: true, format: 'esm', platform: 'node', packages: 'external' });
    symlinkSync(join(CHECKOUT, 'node_modules'), join(sandbox.root, 'node_modules'));
    const { commonDir, stateDir } = repository;
    const args = [script, commonDir, stateDir, await commit('x'), command];
    const holder: ChildProcess = spawn(process.execPath, args, { env: sandbox.env, stdio: 'inherit' });
    const pids = await pidsOf(...names);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    return pids;
  }

  const down = (pids: number[]): Promise<unknown> =>
    until(() => pids.filter(isRunning).length === 0, { what: 'the processes of the gate to be gone' });

  test('what is in its process group ends at once, whatever it does with signals', async () => {
    const root = sandbox.root;
    const pids = await killed(
      `trap '' TERM INT HUP; sleep 300 & echo $! > ${root}/b; echo $$ > ${root}/a; while :; do sleep 300; done`,
      'a',
      'b',
    );
    await down(pids);
    expect(await gate.endLeftover()).toEqual({ found: true, left: [] });
    expect(await gate.endLeftover()).toEqual({ found: false, left: [] });
  });

  test.runIf(isLinux)('what has left the group ends when the next one starts', async () => {
    const root = sandbox.root;
    const [daemon = 0] = await killed(
      `setsid sh -c 'trap "" TERM; echo $$ > ${root}/daemon; while :; do sleep 300; done' & wait`,
      'daemon',
    );
    expect(isRunning(daemon)).toBe(true);
    expect(await gate.endLeftover()).toEqual({ found: true, left: [] });
    expect(isRunning(daemon)).toBe(false);
    expect(readdirSync(join(repository.stateDir, 'gate'))).toEqual(['clone']);
  });

  test('nobody else is ended for having the same pid', async () => {
    const other = spawn('sleep', ['300'], { env: sandbox.env, detached: true, stdio: 'ignore' });
    const folder = join(repository.stateDir, 'gate');
    mkdirSync(folder);
    const { pid = 0 } = other;
    const { bootId, hostId } = await import('../../src/repository/process.ts');
    const note = { id: 'not-its-mark', leader: pid, started: '1', host: hostId(), boot: bootId() };
    for (const content of [JSON.stringify(note), JSON.stringify({ ...note, boot: 'before' }), '{"id": "cut o', '']) {
      writeFileSync(join(folder, 'run.json'), content);
      expect((await gate.endLeftover()).left).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
      expect(isRunning(pid)).toBe(true);
    }
    other.kill('SIGKILL');
  });
});
