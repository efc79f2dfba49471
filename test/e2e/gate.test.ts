import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runningProcesses } from '../../scripts/processes.mjs';
import type { StoredMessage } from '../../src/protocol/messages.ts';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import { isRunning } from '../harness/processes.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { configure, killCoordinator, linkTo, readLog } from './coordinators.ts';

const BRANCH = 'feat/a';
const isLinux = process.platform === 'linux';

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: [BRANCH] });
});
afterEach(() => sandbox.dispose());

async function paw(...args: string[]): Promise<void> {
  const result = await runCli(sandbox, repository.main, args);
  expect(result).toMatchObject({ code: 0, stderr: '' });
}

/** Commits on the branch. A watcher that has not had its first look yet would take it for what was always there. */
async function commit(text: string): Promise<string> {
  return repository.commit(repository.worktree(BRANCH), { 'x.txt': `${text}\n` });
}

/** Has the watcher see the worktree once, so that the next commit is news. */
async function watched(): Promise<void> {
  writeFileSync(join(repository.worktree(BRANCH), 'look'), '');
  await message(({ type }) => type === 'agent.status');
}

/** The first message in the log that fits, as soon as there is one. */
function message(fits: (message: StoredMessage) => boolean): Promise<StoredMessage> {
  return until(async () => (await readLog(sandbox, repository)).find(fits), { what: 'a message', withinMs: 30_000 });
}

/** What runs of the gate: everything that was started in its folder. */
function inGate(): number[] {
  const folder = join(repository.stateDir, 'gate');
  return runningProcesses().flatMap(({ pid, cwd }) => (cwd.startsWith(folder) ? [pid] : []));
}

describe('the gate', () => {
  test('judges what is committed, and tells agent and supervisor', async () => {
    configure(repository, { verify: { command: ['grep', 'good', 'x.txt'] } });
    await paw('start');
    await watched();
    const agent = await openSession(sandbox, repository.worktree(BRANCH));
    await agent.call('status');
    const bad = await commit('bad');
    const feedback = await message(({ type }) => type === 'agent.feedback');
    expect(feedback).toMatchObject({ agent_id: 'coordinator', to: ['feat-a'] });
    const good = await commit('good');
    const verified = await message(({ type }) => type === 'agent.verified');
    expect(verified.payload).toMatchObject({ verified_by: 'coordinator', commit: good, branch_id: 'feat-a' });
    const asked = (await readLog(sandbox, repository)).filter(({ type }) => type === 'supervisor.verify-now');
    expect(asked.map(({ payload }) => payload)).toEqual([
      { branch_id: 'feat-a', commit: bad, gate: 'failed' },
      { branch_id: 'feat-a', commit: good, gate: 'passed' },
    ]);
    const mail = (await agent.call('poll')).messages.map(({ type }) => type);
    expect(mail.slice(0, 2)).toEqual(['agent.feedback', 'agent.verified']);
    expect(inGate()).toEqual([]);
  });

  test('leaves no process when the coordinator stops', async () => {
    configure(repository, {
      verify: { command: `trap '' TERM; sleep 300 & echo $$ > ${sandbox.root}/pid; wait; sleep 300` },
    });
    await paw('start');
    await watched();
    await commit('x');
    await until(() => existsSync(join(sandbox.root, 'pid')), { what: 'the gate to run' });
    await paw('stop');
    expect(inGate()).toEqual([]);
  });

  test.runIf(isLinux)(
    'leaves no process when the coordinator is killed and the next one starts, and is run again',
    async () => {
      const { root } = sandbox;
      writeFileSync(join(root, 'hang'), '');
      const daemon = `setsid sh -c 'trap "" TERM; echo $$ > ${root}/daemon; while :; do sleep 300; done' &`;
      const command = `[ -e ${root}/hang ] || exit 0; ${daemon} trap '' TERM; echo $$ > ${root}/pid; while :; do sleep 300; done`;
      configure(repository, { verify: { command } });
      await paw('start');
      await watched();
      const tip = await commit('x');
      const read = (): number[] => ['pid', 'daemon'].map((name) => Number(readFileSync(join(root, name), 'utf8')));
      const pids = await until(() => read().every((pid) => pid > 0) && read(), { what: 'the gate to run' });
      await killCoordinator(repository);
      rmSync(join(root, 'hang'));
      await paw('start');
      const verified = await message(({ type }) => type === 'agent.verified');
      expect(verified.payload).toMatchObject({ commit: tip });
      expect(pids.filter(isRunning)).toEqual([]);
      expect(inGate()).toEqual([]);
    },
  );
});

test('the guard points out what only a supervisor changes', async () => {
  configure(repository, { guard: { protectedPaths: ['x.txt'], mode: 'block' } });
  await paw('start');
  await watched();
  const tip = await commit('x');
  const feedback = await message(({ type }) => type === 'agent.feedback');
  expect(feedback).toMatchObject({ to: ['feat-a'], payload: { errors: [expect.stringContaining(tip.slice(0, 12))] } });
  await message(({ type, to }) => type === 'agent.question' && to.includes('supervisor'));
});

test('the guard names the commit at fault, once, and is content with a revert', async () => {
  configure(repository, { guard: { protectedPaths: ['x.txt'], mode: 'block' } });
  await paw('start');
  await watched();
  const folder = repository.worktree(BRANCH);
  const announced = (commit: string) =>
    message((one) => one.type === 'agent.artifact' && one.payload.commit === commit);
  const guilty = await commit('x');
  await message(({ type }) => type === 'agent.question');
  await repository.commit(folder, { 'y.txt': 'y' });
  await repository.git(folder, 'commit', '--quiet', '--amend', '--message', 'other words');
  await announced(await repository.git(folder, 'rev-parse', 'HEAD'));
  await repository.git(folder, 'revert', '--no-edit', guilty);
  await announced(await repository.git(folder, 'rev-parse', 'HEAD'));
  const person = linkTo(sandbox, repository);
  await until(async () => (await person.request('status', {})).questions === undefined, {
    what: 'the question to be closed',
  });
  const told = (await readLog(sandbox, repository)).filter(({ type }) => type === 'agent.feedback');
  expect(told).toMatchObject([
    { payload: { errors: [expect.stringMatching(new RegExp(`^Commit ${guilty.slice(0, 12)} changes protected`))] } },
  ]);
});
