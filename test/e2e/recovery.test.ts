import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClaimAnswer, StatusAnswer } from '../../src/protocol/answers.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { coordinatorsOf, electionsOf, holderOf, killCoordinator, linkTo, readLog } from './coordinators.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

/** Sessions of agents w0, w1 … in the main worktree, every second one of the modern era. */
function openWorkers(repository: TestRepository, count: number): Promise<Session[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      openSession(sandbox, repository.main, { args: ['--agent', `w${index}`], era: index % 2 ? 'modern' : 'legacy' }),
    ),
  );
}

/** Calls `step` of every session again and again until `stop`; rejects as soon as one fails. */
function keepCalling<T>(
  sessions: T[],
  step: (session: T, worker: number, turn: number) => Promise<void>,
): { stop(): Promise<void> } {
  let stopped = false;
  const loops = sessions.map(async (session, worker) => {
    for (let turn = 0; !stopped; turn += 1) await step(session, worker, turn);
  });
  const all = Promise.all(loops);
  // The failure is the one of `stop`; until then it is not unhandled.
  all.catch(() => {});
  return {
    async stop() {
      stopped = true;
      await all;
    },
  };
}

describe('a coordinator that is killed while sessions call', () => {
  const ROUNDS = 5;

  it('loses and doubles nothing that it has acknowledged, and every session goes on', async () => {
    const repository = await sandbox.repository();
    const sessions = await openWorkers(repository, 8);
    const acknowledged: { seq: number; text: string }[] = [];
    const counts = sessions.map(() => 0);
    const sending = keepCalling(sessions, async (session, worker, turn) => {
      const text = `${worker}:${turn}`;
      const { seq } = await session.call('publish', { type: 'note', to: 'human', text });
      acknowledged.push({ seq, text });
      counts[worker] = turn + 1;
    });
    const killed = new Set<number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = [...counts];
      const everyoneHasCalled = () => counts.every((count, worker) => count >= (before[worker] ?? 0) + 2);
      await until(everyoneHasCalled, { what: `calls of every session in round ${round}` });
      killed.add(await killCoordinator(repository));
    }
    const before = [...counts];
    await until(() => counts.every((count, worker) => count > (before[worker] ?? 0) + 1), { what: 'calls after it' });
    await sending.stop();

    expect(killed.size).toBe(ROUNDS);
    expect(killed).not.toContain(holderOf(repository).pid);
    await until(() => coordinatorsOf(repository).length === 1, { what: 'one coordinator' });
    expect(electionsOf(repository)).toEqual([ROUNDS + 1]);
    const log = await readLog(sandbox, repository);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    const stored = log.map(({ seq, payload }) => ({ seq, text: 'text' in payload ? payload.text : '' }));
    expect(stored).toEqual([...acknowledged].sort((a, b) => a.seq - b.seq));
  });

  it('keeps every claim it has granted, and never grants what overlaps', async () => {
    const PATHS = ['src', 'src/a', 'src/a/one.ts', 'src/b', 'src/b/two.ts', 'lib', 'lib/c'];
    const repository = await sandbox.repository();
    const sessions = await openWorkers(repository, 20);
    interface Tenure {
      agent: string;
      path: string;
      fence: number;
      from: number;
      /** When its release was asked for; it may be held no longer from then on. */
      until: number;
    }
    const tenures: Tenure[] = [];
    const current = sessions.map((): Tenure | undefined => undefined);
    let grants = 0;
    const working = keepCalling(sessions, async (session, worker, turn) => {
      const path = PATHS[(worker * 3 + turn) % PATHS.length] ?? '';
      const answer: ClaimAnswer = await session.call('claim', { paths: [path] });
      if (!answer.granted) return;
      const fence = answer.claims?.[0]?.fence ?? 0;
      const tenure = { agent: `w${worker}`, path, fence, from: performance.now(), until: Number.POSITIVE_INFINITY };
      tenures.push(tenure);
      current[worker] = tenure;
      grants += 1;
      await session.call('status', { agent: `w${worker}` });
      if (turn % 5 === 4) return;
      tenure.until = performance.now();
      current[worker] = undefined;
      await session.call('release', { all: true });
      for (const other of tenures) if (other.agent === tenure.agent) other.until = Math.min(other.until, tenure.until);
    });
    for (let round = 0; round < 3; round += 1) {
      const before = grants;
      await until(() => grants > before + 10, { what: `grants in round ${round}` });
      await killCoordinator(repository);
    }
    const before = grants;
    await until(() => grants > before, { what: 'a grant after the last kill' });
    await working.stop();

    const held = tenures.filter((tenure) => tenure.until === Number.POSITIVE_INFINITY);
    const { claims = [] } = await linkTo(sandbox, repository).request('status', { detail: 'full' });
    for (const { agent, path, fence } of held)
      expect(claims).toContainEqual(expect.objectContaining({ holder: agent, path, fence }));
    expect(claims).toHaveLength(held.length);
    const meet = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
    const together = tenures.flatMap((a) =>
      tenures.filter((b) => a.agent < b.agent && meet(a.path, b.path) && a.from < b.until && b.from < a.until),
    );
    expect(together).toEqual([]);
  });
});

describe.each([
  ['killed', (repository: TestRepository) => killCoordinator(repository)],
  ['stopped', (repository: TestRepository) => runCli(sandbox, repository.main, ['stop'])],
])('after the coordinator was %s', (_, end) => {
  it('numbers go on, cursors hold, mailboxes and claims are as before', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
    const a = await openSession(sandbox, repository.worktree('feat/a'));
    const b = await openSession(sandbox, repository.worktree('feat/b'));
    await a.call('status');
    await a.call('claim', { paths: ['src/auth', 'docs/'], names: ['build'], reason: 'sessions' });
    await b.call('publish', { type: 'note', to: 'feat-a', text: 'one' });
    await b.call('publish', { type: 'question', to: 'feat-a', text: 'two?' });
    const first = await a.call('poll', { limit: 1 });
    expect(first).toMatchObject({ messages: [{ seq: 1 }], cursor: 1, unread: 1 });
    await a.call('learnings', { record: 'Restarts lose nothing.', category: 'decision' });
    const before = await a.call('status', { detail: 'full' });
    const last = (await readLog(sandbox, repository)).length;
    await end(repository);
    expect(await a.call('publish', { type: 'note', to: 'feat-b', text: 'three' })).toMatchObject({ seq: last + 1 });
    const after = await a.call('status', { detail: 'full' });
    const withoutTimes = ({ claims }: StatusAnswer) =>
      claims?.map(({ expires_in_seconds: _, expires_at: __, ...claim }) => claim);
    expect(before.claims).toHaveLength(3);
    expect(withoutTimes(after)).toEqual(withoutTimes(before));
    expect(after.questions).toEqual(before.questions);
    expect(await a.call('poll')).toMatchObject({ messages: [{ seq: 2, from: 'feat-b' }], cursor: 2 });
    expect((await b.call('poll')).messages).toMatchObject([{ seq: last + 1, from: 'feat-a' }]);
    expect(await b.call('claim', { paths: ['src/auth/login.ts'] })).toMatchObject({
      granted: false,
      blocked_by: [{ path: 'src/auth', holder: 'feat-a', reason: 'sessions' }],
    });
    expect((await b.call('learnings', { query: 'restart' })).learnings).toMatchObject([
      { title: 'Restarts lose nothing.' },
    ]);
  });
});

it('a claim that waits for its holder goes on waiting over the end of the coordinator', async () => {
  const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
  const a = await openSession(sandbox, repository.worktree('feat/a'));
  const b = await openSession(sandbox, repository.worktree('feat/b'));
  await a.call('claim', { paths: ['src'] });
  const waiting = b.call('claim', { paths: ['src'], wait_seconds: 50 });
  const hasWaiter = async () =>
    (await a.call('status', { detail: 'full' })).claims?.some((claim) => claim.waiting?.includes('feat-b'));
  await until(hasWaiter, { what: 'the second to wait' });
  await killCoordinator(repository);
  await until(hasWaiter, { what: 'the second to wait again' });
  await a.call('release', { all: true });
  expect(await waiting).toMatchObject({ granted: true, claims: [{ path: 'src' }] });
});
