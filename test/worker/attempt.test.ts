import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runContained } from '../../src/processes/contained.ts';
import type { Assignment } from '../../src/protocol/work.ts';
import { createStateFolder } from '../../src/repository/layout.ts';
import { gitDirOf } from '../../src/repository/worktrees.ts';
import { type AttemptContext, attempt, type Result } from '../../src/worker/attempt.ts';
import { runFolder, type WorkerPlace } from '../../src/worker/places.ts';
import { isRunning } from '../harness/processes.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { agentCommand, nameCommitter, recordsOf } from './agents.ts';

const isLinux = process.platform === 'linux';
const BRANCH = 'work/w1-log-in';
const NEVER = new AbortController().signal;

let sandbox: Sandbox;
let repository: TestRepository;
let place: WorkerPlace;
let worktree: string;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository();
  await nameCommitter(repository);
  createStateFolder(repository.stateDir);
  place = { commonDir: repository.commonDir, stateDir: repository.stateDir, root: repository.main };
  worktree = join(`${repository.main}.worktrees`, 'w1-log-in');
});
afterEach(() => sandbox.dispose());

function assignment(body: string, more: Partial<Assignment> = {}): Assignment {
  return {
    item: {
      id: 'w1',
      title: 'Log in',
      stage: 'current',
      priority: 0,
      depends_on: [],
      paths: [],
      attempts: 0,
      body,
      history: [],
    },
    agent_id: 'work-w1-log-in',
    fence: 1,
    branch: BRANCH,
    base: 'main',
    ...more,
  };
}

function run(given: Assignment, more: Partial<AttemptContext> = {}): Promise<Result> {
  return attempt(given, {
    place,
    env: sandbox.env,
    settings: { command: agentCommand(sandbox), timeoutSeconds: 60, push: false, slots: 1 },
    server: ['paw-coordinator'],
    shouldPush: false,
    spared: () => [],
    ending: NEVER,
    hurry: NEVER,
    onWorktree: () => {},
    onOutput: () => {},
    ...more,
  });
}

const tip = (): Promise<string> => repository.git(repository.main, 'rev-parse', `refs/heads/${BRANCH}`);
const starts = (): number => recordsOf(sandbox).filter(({ event }) => event === 'start').length;

describe('an attempt', () => {
  test('is done when there are commits', async () => {
    const seen: string[] = [];
    const result = await run(assignment('print hello\ncommit a.txt\ncommit b.txt'), {
      onWorktree: (path) => seen.push(path),
      onOutput: (chunk) => seen.push(String(chunk)),
    });
    expect(result).toMatchObject({
      outcome: 'done',
      commit: await tip(),
      found: false,
      facts: { ahead: 2, uncommitted: [] },
    });
    expect(seen).toEqual([worktree, 'hello\n']);
    expect(recordsOf(sandbox)).toMatchObject([{ event: 'start', cwd: worktree }, { event: 'end' }]);
  });

  test('names what was not committed, and leaves it', async () => {
    const result = await run(assignment('commit a.txt\nedit b.txt'));
    expect(result).toMatchObject({ outcome: 'done', facts: { uncommitted: ['b.txt'] } });
    expect(readFileSync(join(worktree, 'b.txt'), 'utf8')).toBe('w1 0\n');
  });

  test.each([
    ['edit a.txt\nprint sorry', { reason: `there is no commit on ${BRANCH}`, output: 'sorry\n' }],
    ['commit a.txt\nprint oh\nexit 3', { reason: 'exit code 3', output: 'oh\n' }],
    ['commit a.txt\ncrash', { reason: 'ended by SIGKILL', output: '' }],
  ])('fails: %j', async (body, failed) => {
    expect(await run(assignment(body))).toEqual({ outcome: 'failed', ...failed });
  });

  test('fails at its time limit, whatever the command does with signals', async () => {
    const settings = { command: agentCommand(sandbox), timeoutSeconds: 1, push: false, slots: 1 };
    const result = await run(assignment('commit a.txt\nchild\nstubborn\nprint working\nhang'), { settings });
    expect(result).toEqual({ outcome: 'failed', reason: 'no end within 1 s', output: 'working\n' });
    const pids = recordsOf(sandbox).flatMap(({ pid, child }) => [pid, ...(child === undefined ? [] : [child])]);
    if (isLinux) expect(pids.filter(isRunning)).toEqual([]);
  });

  test('goes on in the worktree of the one before, and takes in what that has committed', async () => {
    const body = 'commit a.txt\nedit b.txt\nexit 1\n---\nprint nothing to add';
    expect(await run(assignment(body))).toMatchObject({ outcome: 'failed' });
    expect(await run(assignment(body))).toMatchObject({ outcome: 'done', facts: { ahead: 1, uncommitted: ['b.txt'] } });
    expect(
      recordsOf(sandbox)
        .map(({ cwd }) => cwd)
        .filter(Boolean),
    ).toEqual([worktree, worktree]);
  });

  test('of an item that was sent back needs a newer commit', async () => {
    await run(assignment('commit a.txt'));
    const rejected = await tip();
    expect(await run(assignment('print fine as it is', { rejected }))).toMatchObject({
      outcome: 'failed',
      reason: `there is no commit on ${BRANCH} since it was sent back`,
    });
    const short = rejected.slice(0, 10);
    expect(await run(assignment('print no', { rejected: short }))).toMatchObject({ outcome: 'failed' });
    expect(await run(assignment('commit b.txt', { rejected }))).toMatchObject({ outcome: 'done', facts: { ahead: 2 } });
  });

  test('tells the command who it is and what to do, and nothing of where the worker is', async () => {
    const file = join(sandbox.root, 'env.json');
    await run(assignment(`env ${file}`, { feedback: ['wrong'] }), {
      env: { ...sandbox.env, GIT_DIR: '/elsewhere', PAW_ROLE: 'supervisor' },
    });
    const env = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    const own = Object.keys(env).filter((name) => /^(GIT_|PAW_)/.test(name));
    expect(own.sort()).toEqual([
      'PAW_AGENT_ID',
      'PAW_RUN',
      'PAW_WORK_BODY',
      'PAW_WORK_FEEDBACK',
      'PAW_WORK_ID',
      'PAW_WORK_TITLE',
    ]);
    expect(env).toMatchObject({ PAW_AGENT_ID: 'work-w1-log-in', PAW_WORK_ID: 'w1', PAW_WORK_FEEDBACK: 'wrong' });
    expect(env.HOME).toBe(sandbox.env.HOME);
  });

  test('ends by its signal, with everything it has started', async () => {
    const ending = new AbortController();
    const result = run(assignment('child\nstubborn\nprint on\nhang'), { ending: ending.signal });
    const pids = await until(
      () => {
        const records = recordsOf(sandbox);
        const child = records.find((record) => record.child)?.child;
        return child !== undefined && [records[0]?.pid ?? 0, child];
      },
      { what: 'the agent and its child' },
    );
    ending.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    expect(pids.filter(isRunning)).toEqual(isLinux ? [] : expect.anything());
  });

  test('a program that is not in the worktree is a failure of the item', async () => {
    const settings = { command: ['./no/such'], timeoutSeconds: 60, push: false, slots: 1 };
    const result = await run(assignment(''), { settings });
    expect(result).toMatchObject({ outcome: 'failed', reason: 'exit code 127' });
  });
});

describe('a worktree that no worker has made', () => {
  test('is not worked in, although it has the branch', async () => {
    await repository.git(repository.main, 'switch', '--quiet', '--create', BRANCH);
    const tree = [join(repository.main, 'mine.txt'), join(repository.commonDir, 'index.lock')];
    for (const file of tree) writeFileSync(file, 'mine\n');
    await expect(run(assignment('commit a.txt', { interrupted: true }))).rejects.toThrow(
      `is checked out in ${repository.main}, which no worker made`,
    );
    expect(tree.map((file) => readFileSync(file, 'utf8'))).toEqual(['mine\n', 'mine\n']);
    expect(starts()).toBe(0);
  });

  test('does not keep finished work from being found', async () => {
    const there = await repository.addWorktree(BRANCH);
    const commit = await repository.commit(there, { 'a.txt': 'a\n' });
    expect(await run(assignment('crash', { interrupted: true }))).toMatchObject({ outcome: 'done', commit });
    writeFileSync(join(there, 'more.txt'), 'not done yet\n');
    await expect(run(assignment('crash', { interrupted: true }))).rejects.toThrow('which no worker made');
  });
});

describe('pushing', () => {
  test('that fails is a failure, after which nothing but the push is done again', async () => {
    const origin = join(sandbox.root, 'origin.git');
    await repository.git(repository.main, 'remote', 'add', 'origin', origin);
    const unpushed = {
      outcome: 'failed',
      unpushed: true,
      reason: expect.stringMatching(/^the push to origin failed \(exit code 128\): /),
    };
    // What was not committed is no reason to do the work again.
    const body = 'commit a.txt\nedit b.txt';
    expect(await run(assignment(body), { shouldPush: true })).toEqual(unpushed);
    expect(await run(assignment(body, { interrupted: true }), { shouldPush: true })).toEqual(unpushed);
    await repository.git(repository.main, 'init', '--quiet', '--bare', origin);
    // It is known here, also if the run in between was stopped.
    expect(await run(assignment(body), { shouldPush: true })).toMatchObject({ outcome: 'done', found: true });
    expect(starts()).toBe(1);
    expect(await repository.git(origin, 'rev-parse', `refs/heads/${BRANCH}`)).toBe(await tip());
    const rejected = await tip();
    expect(await run(assignment('commit c.txt', { rejected }), { shouldPush: true })).toMatchObject({
      outcome: 'done',
      found: false,
    });
  });

  test('that has failed does not hide what came after it', async () => {
    await repository.git(repository.main, 'remote', 'add', 'origin', join(sandbox.root, 'nowhere'));
    await run(assignment('commit a.txt'), { shouldPush: true });
    await run(assignment('commit b.txt', { rejected: await tip() }));
    expect(starts()).toBe(2);
    expect(await run(assignment('commit c.txt', { rejected: await tip() }))).toMatchObject({ facts: { ahead: 3 } });
  });
});

describe('locks', () => {
  let lock: string;
  beforeEach(async () => {
    await run(assignment('print x'));
    lock = join(await gitDirOf(worktree), 'index.lock');
  });

  test.each([
    ['ends by itself', 'print x', 60, true],
    ['is killed', 'crash', 60, false],
    ['is ended at its time limit', 'hang', 2, false],
  ])('of a run that %s', async (_how, last, timeoutSeconds, isLeft) => {
    const settings = { command: agentCommand(sandbox), timeoutSeconds, push: false, slots: 1 };
    await run(assignment(`touch ${lock}\n${last}`), { settings });
    expect(existsSync(lock)).toBe(isLeft);
  });

  test('of a run that is stopped go with it', async () => {
    const ending = new AbortController();
    const result = run(assignment(`touch ${lock}\nhang`), { ending: ending.signal });
    await until(() => existsSync(lock), { what: 'the lock' });
    ending.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    expect(existsSync(lock)).toBe(false);
  });

  test('that nobody was killed with are left alone', async () => {
    writeFileSync(lock, '');
    await run(assignment('print x'));
    expect(existsSync(lock)).toBe(true);
    await run(assignment('print x', { interrupted: true }));
    expect(existsSync(lock)).toBe(false);
  });
});

describe('after a run that was broken off', () => {
  const interrupted = true as const;

  test('finished work is found and not done again, and pushed if that is wanted', async () => {
    await run(assignment('commit a.txt'));
    const origin = join(sandbox.root, 'origin.git');
    await repository.git(repository.main, 'init', '--quiet', '--bare', origin);
    await repository.git(repository.main, 'remote', 'add', 'origin', origin);
    const result = await run(assignment('crash', { interrupted }), { shouldPush: true });
    expect(result).toMatchObject({ outcome: 'done', commit: await tip(), found: true, facts: { ahead: 1 } });
    expect(starts()).toBe(1);
    expect(await repository.git(origin, 'rev-parse', `refs/heads/${BRANCH}`)).toBe(await tip());
  });

  test('finished work is found without a worktree too, and none is made', async () => {
    const there = await repository.addWorktree(BRANCH);
    const commit = await repository.commit(there, { 'a.txt': 'a\n' });
    await repository.git(repository.main, 'worktree', 'remove', there);
    expect(await run(assignment('crash', { interrupted }))).toMatchObject({ outcome: 'done', commit, found: true });
    expect(existsSync(worktree)).toBe(false);
  });

  test.each([
    ['nothing was committed', async () => undefined],
    ['something is not committed', async () => writeFileSync(join(worktree, 'x.txt'), 'x')],
    ['the worktree is on another commit', () => repository.git(worktree, 'checkout', '--quiet', '--detach', 'HEAD')],
    ['it is what was sent back', async () => undefined],
  ])('the command runs again if %s', async (what, disturb) => {
    await run(assignment(what === 'nothing was committed' ? 'print x' : 'commit a.txt'));
    await disturb();
    const rejected = what === 'it is what was sent back' ? { rejected: await tip() } : {};
    await run(assignment('---\nprint again', { interrupted, ...rejected }));
    expect(starts()).toBe(2);
  });

  /** A run of which nobody hears how it ended, after these steps. */
  async function broken(...steps: string[]): Promise<void> {
    const ending = new AbortController();
    const there = join(sandbox.root, `there-${starts()}`);
    const result = run(assignment([...steps, `touch ${there}`, 'hang'].join('\n')), { ending: ending.signal });
    await until(() => existsSync(there), { what: 'the run' });
    ending.abort(new Error('dead'));
    await expect(result).rejects.toThrow('dead');
  }

  test.each([
    ['failed', () => run(assignment('commit a.txt\nexit 1'))],
    ['was stopped', () => broken('commit a.txt')],
  ])('what a run before it that %s had committed is not taken for finished', async (_how, earlier) => {
    await earlier();
    await broken();
    const count = starts();
    const result = await run(assignment('commit b.txt', { interrupted }));
    expect(result).toMatchObject({ outcome: 'done', found: false });
    expect(starts()).toBe(count + 1);
  });

  test('what it had committed itself after one that failed is found', async () => {
    await run(assignment('commit a.txt\nexit 1'));
    await broken('commit b.txt');
    expect(await run(assignment('crash', { interrupted }))).toMatchObject({ outcome: 'done', found: true });
  });

  test('what still runs there is ended first, and its locks are taken away', async () => {
    await run(assignment('print x'));
    const ending = new AbortController();
    const folder = runFolder(place, 'w1');
    const pidFile = join(sandbox.root, 'pid');
    const old = runContained({
      program: ['sh', '-c', `trap '' TERM; echo $$ > ${pidFile}; while :; do sleep 300; done`],
      cwd: worktree,
      env: sandbox.env,
      folder,
      timeoutMs: 60_000,
      signal: ending.signal,
    });
    const pid = await until(() => existsSync(pidFile) && Number(readFileSync(pidFile, 'utf8')), { what: 'the pid' });
    const lock = join(await gitDirOf(worktree), 'index.lock');
    writeFileSync(lock, '');
    expect(await run(assignment('commit a.txt', { interrupted }))).toMatchObject({ outcome: 'done', found: false });
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(lock)).toBe(false);
    expect(await old).toMatchObject({ endedBy: 'SIGKILL' });
  });

  test('the note of a run is taken away by that run alone', async () => {
    const folder = runFolder(place, 'w1');
    const go = join(sandbox.root, 'go');
    const early = run(assignment(`wait ${go}\ncommit a.txt`));
    await until(() => existsSync(join(folder, 'run.json')) && starts() === 1, { what: 'the run' });
    const note = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as object;
    const other = JSON.stringify({ ...note, id: 'of-another-run' });
    writeFileSync(join(folder, 'run.json'), other);
    writeFileSync(go, '');
    expect(await early).toMatchObject({ outcome: 'done' });
    expect(readFileSync(join(folder, 'run.json'), 'utf8')).toBe(other);
  });
});

test('the folder of a run is private, and the name of an item does not leave it', () => {
  mkdirSync(join(repository.stateDir, 'worker'), { recursive: true });
  expect(runFolder(place, '../../x')).toBe(join(repository.stateDir, 'worker', '-..-x'));
});
