import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GateSettings } from '../../src/config/schema.ts';
import { Engine, type EngineJournal } from '../../src/coordinator/engine.ts';
import { type Supervision, startSupervision } from '../../src/coordinator/gatekeeper.ts';
import type { StoredMessage } from '../../src/protocol/messages.ts';
import { createStateFolder, layoutOf } from '../../src/repository/layout.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { sightWorktrees } from '../../src/state/roster/worktrees.ts';
import { createState } from '../../src/state/state.ts';
import { sawMove } from '../../src/state/supervision/sightings.ts';
import { isRunning } from '../harness/processes.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/** A journal that forgets everything at once. */
const NO_JOURNAL: EngineJournal = {
  failure: undefined,
  durable: 0,
  append: () => 'ok',
  written: async () => undefined,
  synced: async () => undefined,
  flush: async () => undefined,
  reopen: () => undefined,
};

let sandbox: Sandbox;
let repository: TestRepository;
let engine: Engine;
let settings: GateSettings | undefined;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['a', 'b'] });
  createStateFolder(repository.stateDir);
  engine = new Engine({
    state: createState(),
    journal: NO_JOURNAL,
    reload: createState,
    config: { ...DEFAULT_CONFIG, verify: { ...DEFAULT_CONFIG.verify, gate: true } },
    origin: 'test',
  });
  const list = ['main', 'a', 'b'].map((branch) => ({ path: repository.worktree(branch), branch }));
  await engine.decide((tx) => sightWorktrees(tx, list, 'main'));
});
afterEach(() => sandbox.dispose());

/** Starts what is tested with a command as its gate. */
function supervise(command: string | undefined, signal = new AbortController().signal): Supervision {
  settings = command === undefined ? undefined : { command, timeoutSeconds: 20 };
  const supervision = startSupervision({
    engine,
    settings: () => settings,
    commonDir: repository.commonDir,
    layout: layoutOf(repository.stateDir),
    env: sandbox.env,
    log: pino({ enabled: false }),
    signal,
  });
  sandbox.defer(() => supervision.close());
  return supervision;
}

/** Commits on a branch, and has it seen. */
async function commit(branch: string, text: string): Promise<string> {
  const worktree = repository.worktree(branch);
  const tip = await repository.commit(worktree, { 'x.txt': text });
  await see(branch, tip);
  return tip;
}

function see(branch: string, tip: string): Promise<void> {
  const fact = { worktree: repository.worktree(branch), tip, commits: [tip], files: ['x.txt'] };
  return engine.decide((tx) => sawMove(tx, fact));
}

/** What the coordinator has said of itself, as soon as it is so many messages. */
function said(count: number): Promise<StoredMessage[]> {
  const own = (): StoredMessage[] =>
    [...engine.state.messages.values()].filter(({ agent_id }) => agent_id === 'coordinator');
  return until(() => own().length >= count && own(), { what: `${count} messages` });
}

function pidIn(name: string): Promise<number> {
  const file = join(sandbox.root, name);
  return until(() => existsSync(file) && Number(readFileSync(file, 'utf8')), { what: `a pid in ${name}` });
}

describe('the gate', () => {
  test('passes and fails commits, those that waited before it began too', async () => {
    const good = await commit('a', 'good');
    supervise('grep good x.txt || { echo "no good: $(cat x.txt)"; exit 2; }');
    expect(await said(2)).toMatchObject([
      { type: 'agent.verified', payload: { commit: good, branch_id: 'a', verified_by: 'coordinator' } },
      { type: 'supervisor.verify-now', payload: { gate: 'passed' } },
    ]);
    await commit('b', 'bad');
    expect((await said(4)).slice(2)).toMatchObject([
      { type: 'supervisor.verify-now', payload: { branch_id: 'b', gate: 'failed' } },
      {
        type: 'agent.feedback',
        to: ['b'],
        payload: { errors: [expect.stringMatching(/exit code 2\. Its last output:$/), 'no good: bad'] },
      },
    ]);
    expect(engine.state.agents.get('a')?.label).toBe('verified');
    expect(engine.state.gates.size).toBe(0);
  });

  test('is ended when a newer commit takes the place of the one it is at', async () => {
    supervise(`grep -q newer x.txt || { echo $$ > ${sandbox.root}/pid; sleep 300; }`);
    await commit('a', 'older');
    const pid = await pidIn('pid');
    const newer = await commit('a', 'newer');
    expect(await said(2)).toMatchObject([{ payload: { commit: newer } }, { payload: { commit: newer } }]);
    expect(isRunning(pid)).toBe(false);
  });

  test('judges one commit after the other', async () => {
    const lock = join(sandbox.root, 'lock');
    await commit('a', '1');
    await commit('b', '2');
    supervise(`mkdir ${lock} && sleep 0.1 && rmdir ${lock}`);
    await commit('main', 'not judged');
    const types = (await said(4)).map(({ type }) => type);
    expect(types).toEqual(['agent.verified', 'supervisor.verify-now', 'agent.verified', 'supervisor.verify-now']);
  });

  test('that cannot be run leaves the commit to the supervisor, and goes on', async () => {
    supervise('true');
    await see('a', '1'.repeat(40));
    expect(await said(2)).toMatchObject([
      { type: 'agent.note', to: ['supervisor'], payload: { text: expect.stringContaining('`git checkout` failed') } },
      { type: 'supervisor.verify-now', payload: { branch_id: 'a', commit: '1'.repeat(40) } },
    ]);
    expect((await said(2))[1]?.payload).not.toHaveProperty('gate');
    await commit('b', 'x');
    expect((await said(3))[2]).toMatchObject({ type: 'agent.verified', payload: { branch_id: 'b' } });
  });

  test('that was taken out of the configuration leaves what waits to the supervisor', async () => {
    supervise(undefined);
    const tip = await commit('a', 'x');
    const messages = await said(1);
    expect(messages).toMatchObject([{ type: 'supervisor.verify-now', payload: { commit: tip } }]);
    expect(engine.state.gates.size).toBe(0);
  });

  test('ends with the coordinator, and its commit is judged by the next one', async () => {
    const closing = new AbortController();
    const blocker = join(sandbox.root, 'blocker');
    writeFileSync(blocker, '');
    const command = `if [ -e ${blocker} ]; then (trap '' TERM; echo $$ > ${sandbox.root}/pid; sleep 300; sleep 300); fi`;
    const first = supervise(command, closing.signal);
    const tip = await commit('a', 'x');
    const pid = await pidIn('pid');
    closing.abort();
    await first.close();
    expect(isRunning(pid)).toBe(false);
    expect([...engine.state.gates]).toEqual([['a', { commit: tip }]]);
    expect(await said(0)).toEqual([]);
    rmSync(blocker);
    supervise(command);
    expect((await said(1))[0]).toMatchObject({ type: 'agent.verified', payload: { commit: tip } });
  });

  test('closes at once when nothing runs', async () => {
    await supervise('true').close();
    const closed = AbortSignal.abort();
    await supervise('true', closed).close();
  });
});
