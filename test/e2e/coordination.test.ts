import { afterEach, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

let sandbox: Sandbox | undefined;

afterEach(async () => {
  await sandbox?.dispose();
  sandbox = undefined;
});

interface Team {
  a: Session;
  b: Session;
  supervisor: Session;
  repository: TestRepository;
}

/** Two agents in their worktrees, one of each protocol generation, and a supervisor in the main one. */
async function team(): Promise<Team> {
  sandbox = await makeSandbox();
  const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
  const a = await openSession(sandbox, repository.worktree('feat/a'), { era: 'legacy' });
  const b = await openSession(sandbox, repository.worktree('feat/b'), { era: 'modern' });
  const supervisor = await openSession(sandbox, repository.main, { args: ['--role', 'supervisor'] });
  for (const session of [a, b, supervisor]) await session.call('status');
  return { a, b, supervisor, repository };
}

describe('agents in worktrees', () => {
  it('are known to each other, with what they do and hold', async () => {
    const { a, b } = await team();
    await a.call('publish', { type: 'status', status: 'working', text: 'tokens' });
    await b.call('claim', { paths: ['src/api/'], reason: 'rate limits' });
    const seen = await a.call('status');
    expect(seen.you).toBe('feat-a');
    expect(seen.agents.map(({ agent_id, status, online }) => ({ agent_id, status, online }))).toEqual([
      { agent_id: 'feat-a', status: 'working', online: true },
      { agent_id: 'feat-b', status: 'idle', online: true },
      { agent_id: 'supervisor', status: 'idle', online: true },
    ]);
    expect(seen.offline).toEqual(['human', 'main']);
    expect(seen.claims).toMatchObject([{ path: 'src/api', holder: 'feat-b', reason: 'rate limits' }]);
  });

  it('are refused what another holds, with holder, reason and time left', async () => {
    const { a, b } = await team();
    const granted = await a.call('claim', { paths: ['src/auth/'], reason: 'sessions' });
    expect(granted).toMatchObject({ granted: true, claims: [{ path: 'src/auth', fence: 1 }], expires_in_seconds: 900 });
    expect(await b.call('claim', { paths: ['src/auth/login.ts'] })).toMatchObject({
      granted: false,
      blocked_by: [{ path: 'src/auth', holder: 'feat-a', reason: 'sessions' }],
    });
    expect(await b.call('claim', { paths: ['src/auth.ts'] })).toMatchObject({ granted: true });
    expect(await a.call('release', { all: true })).toMatchObject({ released: ['src/auth'] });
    expect(await b.call('claim', { paths: ['src/auth/login.ts'] })).toMatchObject({ granted: true });
  });

  it('ask and answer; the question stays open until it is answered', async () => {
    const { a, supervisor } = await team();
    const asked = await a.call('publish', { type: 'question', text: 'JWT or sessions?', urgent: true });
    expect(asked).toMatchObject({ to: ['supervisor'] });
    const { messages } = await supervisor.call('poll', { wait_seconds: 5 });
    expect(messages).toMatchObject([{ seq: asked.seq, type: 'agent.question', from: 'feat-a', urgent: true }]);
    expect((await supervisor.call('status')).questions).toMatchObject([{ seq: asked.seq, from: 'feat-a' }]);
    await supervisor.call('publish', { type: 'answer', re: asked.seq, text: 'sessions' });
    expect((await supervisor.call('status')).questions).toBeUndefined();
    expect((await a.call('poll')).messages).toMatchObject([{ re: asked.seq, payload: { answer: 'sessions' } }]);
  });

  it('learn of an overlap of plans in their own result, the other by mail', async () => {
    const { a, b } = await team();
    await a.call('publish', { type: 'intent', files: ['a.txt', 'b.txt'], text: 'split a' });
    const told = await b.call('publish', { type: 'intent', files: ['b.txt', 'c.txt'], text: 'rename b' });
    expect(told.conflicts).toMatchObject([{ with: 'feat-a', shape: 'forward', paths: ['b.txt'], doing: 'split a' }]);
    const { messages } = await a.call('poll', { wait_seconds: 5 });
    expect(messages.map((message) => message.type).sort()).toEqual(['agent.intent', 'coordinator.conflict']);
  });

  it('get their commits verified at the tip', async () => {
    const { a, b, supervisor, repository } = await team();
    const commit = await repository.commit(repository.worktree('feat/a'), { 'src/a.ts': 'export {};\n' });
    expect(await supervisor.call('publish', { type: 'verified', to: 'feat/a' })).toMatchObject({ commit });
    // The commit itself is announced too, before or after.
    const verdict = await until(
      async () => (await b.call('poll')).messages.find((message) => message.type === 'agent.verified'),
      { what: 'the verdict' },
    );
    expect(verdict).toMatchObject({ from: 'supervisor', payload: { commit, verified_by: 'supervisor' } });
    const { agents } = await a.call('status', { agent: 'feat-a' });
    expect(agents).toMatchObject([{ agent_id: 'feat-a', status: 'verified' }]);
    await expect(a.call('publish', { type: 'verified', to: 'feat-b' })).rejects.toThrow(/supervisor/);
  });

  it('keep what they learned, and find it again with a misspelling', async () => {
    const { a, b } = await team();
    const { recorded } = await a.call('learnings', {
      record: 'The fixtures need TZ=UTC, or the date tests fail.',
      category: 'tooling_friction',
      paths: ['test/dates.test.ts'],
    });
    expect(recorded).toMatchObject({ new: true });
    const { learnings } = await b.call('learnings', { query: 'fixtuers' });
    expect(learnings).toMatchObject([{ id: recorded?.id, category: 'tooling_friction' }]);
  });

  it('may have helpers, that act under names of their own', async () => {
    const { a, b } = await team();
    await a.call('publish', { type: 'note', to: 'feat-b', text: 'from the helper', subagent: 'tests' });
    expect((await b.call('poll')).messages).toMatchObject([{ from: 'feat-a.tests' }]);
    await b.call('publish', { type: 'note', to: 'feat-a.tests', text: 'thanks' });
    expect((await a.call('poll')).messages).toEqual([]);
    expect((await a.call('poll', { subagent: 'tests' })).messages).toMatchObject([{ payload: { text: 'thanks' } }]);
    await expect(a.call('status', { subagent: 'feat-b' })).rejects.toThrow(/leave subagent out/);
  });

  it('reach a worktree that was added a moment ago', async () => {
    const { a, repository } = await team();
    await repository.addWorktree('feat/new');
    expect(await a.call('publish', { type: 'note', to: 'feat/new', text: 'welcome' })).toMatchObject({
      to: ['feat-new'],
      offline: ['feat-new'],
    });
  });
});
