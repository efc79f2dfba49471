import { afterEach, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../harness/mcp.ts';
import { ERAS, type Era } from '../harness/mcp-clients.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

const TOOLS = ['claim', 'learnings', 'poll', 'publish', 'release', 'status', 'work'];

let sandbox: Sandbox;
afterEach(() => sandbox.dispose());

/** Two agents and a supervisor, all with clients of one generation. */
async function team(era: Era): Promise<{ a: Session; b: Session; supervisor: Session }> {
  sandbox = await makeSandbox();
  const { main, worktree } = await sandbox.repository({ worktrees: ['feat/auth', 'feat/api'] });
  const [a, b, supervisor] = await Promise.all([
    openSession(sandbox, worktree('feat/auth'), { era }),
    openSession(sandbox, worktree('feat/api'), { era }),
    openSession(sandbox, main, { era, args: ['--role', 'supervisor'] }),
  ]);
  await Promise.all([a, b, supervisor].map((session) => session.call('status')));
  return { a, b, supervisor };
}

describe.each<Era>([...ERAS, 'auto'])('clients that are %s', (era) => {
  it('coordinate from the first plan to the last lesson', async () => {
    const { a, b, supervisor } = await team(era);
    expect((await a.listTools()).map(({ name }) => name).sort()).toEqual(TOOLS);
    expect(a.instructions).toContain('claim the paths');
    expect(supervisor.instructions).toContain('You supervise');

    const intent = await a.call('publish', { type: 'intent', files: ['src/auth/'], text: 'move to sessions' });
    expect(intent).toEqual({ seq: 1, to: ['feat-api', 'main', 'supervisor'] });
    expect(await a.call('claim', { paths: ['src/auth/'], reason: 'sessions' })).toMatchObject({ granted: true });
    const refused = await b.call('claim', { paths: ['src/auth/login.ts'] });
    expect(refused).toMatchObject({ granted: false, blocked_by: [{ path: 'src/auth', holder: 'feat-auth' }] });
    expect(refused.inbox).toMatchObject({ unread: 1 });
    expect((await b.call('poll')).messages).toMatchObject([{ seq: 1, type: 'agent.intent', from: 'feat-auth' }]);

    const answer = a.call('poll', { wait_seconds: 50 });
    const asked = await a.call('publish', { type: 'question', text: 'May I drop the old tokens?' });
    const [question] = (await supervisor.call('poll')).messages.filter(({ type }) => type === 'agent.question');
    expect(question).toMatchObject({ seq: asked.seq, payload: { question: 'May I drop the old tokens?' } });
    await supervisor.call('publish', { type: 'answer', re: asked.seq, text: 'yes' });
    expect((await answer).messages).toMatchObject([
      { type: 'agent.answer', re: asked.seq, payload: { answer: 'yes' } },
    ]);

    await a.call('learnings', {
      record: 'Tokens and sessions share a table.',
      category: 'decision',
      paths: ['src/auth'],
    });
    const done = await a.call('publish', { type: 'artifact', text: 'sessions work', exports: ['createSession'] });
    expect(done.released).toEqual(['src/auth']);
    expect(await a.call('release', { all: true })).toMatchObject({ released: [] });
    expect(await b.call('claim', { paths: ['src/auth/login.ts'] })).toMatchObject({ granted: true });
    expect((await b.call('learnings', { query: 'sessoins' })).learnings).toMatchObject([
      { title: 'Tokens and sessions share a table.', category: 'decision' },
    ]);
    expect(await b.call('release', { paths: ['src/auth/login.ts'] })).toMatchObject({
      released: ['src/auth/login.ts'],
    });

    const { agents, you } = await supervisor.call('status');
    expect(you).toBe('supervisor');
    expect(agents.filter((row) => row.online)).toMatchObject([
      { agent_id: 'feat-api' },
      { agent_id: 'feat-auth', status: 'done', summary: 'sessions work' },
      { agent_id: 'supervisor', role: 'supervisor' },
    ]);
  });

  it('get the same from the text as from the structured result, and errors as text with an example', async () => {
    const { a } = await team(era);
    const calls: [string, object][] = [
      ['status', { detail: 'full' }],
      ['claim', { paths: ['src'], names: ['build'] }],
      ['publish', { type: 'note', to: 'feat-api', text: 'hello' }],
      ['poll', {}],
      ['learnings', {}],
      ['release', { all: true }],
    ];
    for (const [tool, args] of calls) {
      const { isError, content, structuredContent } = await a.callRaw(tool, args);
      expect(isError ?? false).toBe(false);
      expect(content).toHaveLength(1);
      expect(JSON.parse(content[0]?.text ?? '')).toEqual(structuredContent);
    }
    const wrong: [string, object, string][] = [
      ['publish', { type: 'note', text: 'to nobody' }, 'to'],
      ['publish', { type: 'nonsense' }, 'nonsense'],
      ['claim', {}, 'paths'],
      ['poll', { wait_seconds: -1 }, 'wait_seconds'],
    ];
    for (const [tool, args, named] of wrong) {
      const { isError, content } = await a.callRaw(tool, args);
      expect(isError).toBe(true);
      expect(content[0]?.text).toContain(named);
      expect(content[0]?.text).toContain('Example: {');
    }
  });
});
