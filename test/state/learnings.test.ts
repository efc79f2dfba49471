import { describe, expect, it } from 'vitest';
import type { LearningsAnswer } from '../../src/protocol/answers.ts';
import { learningsRequestSchema } from '../../src/protocol/requests.ts';
import { newLearnings, withLearnings } from '../../src/state/learnings/given-learnings.ts';
import { forget, learnings } from '../../src/state/learnings/learnings.ts';
import { Team } from './team.ts';

const HOUR = 3600;

function team(): Team {
  const t = new Team();
  t.worktrees('main', 'x', 'feat/api', 'feat/api-v2');
  t.join('x');
  t.supervise();
  return t;
}

function ask(t: Team, agent: string, request: object): LearningsAnswer {
  return t.run((tx) => learnings(tx, agent, learningsRequestSchema.parse(request)));
}

function record(t: Team, agent: string, title: string, body: object = {}, category = 'convention'): string {
  return ask(t, agent, { record: { category, title, body } }).recorded?.id ?? '';
}

function titles(t: Team, request: object): string[] {
  return (ask(t, 'x', request).learnings ?? []).map(({ title }) => title);
}

/** What a grant of these paths hands to a session, as titles. */
function given(t: Team, session: string, ...paths: string[]): string[] {
  const answer = t.run((tx) =>
    withLearnings(
      tx,
      { agent: 'x', session },
      paths.map((path) => ({ path })),
      { granted: true },
    ),
  );
  return (answer.learnings ?? []).map(({ title }) => title);
}

describe('recording', () => {
  it('the same within the hour is one record, whoever says it; an hour later it is another', () => {
    const t = team();
    const id = record(t, 'x', 'TZ=UTC', { b: 1, a: { d: 2, c: 3 } });
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(record(t, 'feat-api', 'TZ=UTC', { a: { c: 3, d: 2 }, b: 1 })).toBe(id);
    expect(ask(t, 'x', {}).learnings).toMatchObject([{ id, count: 2, agent_id: 'x', branch_id: 'x' }]);
    t.pass(HOUR);
    expect(record(t, 'x', 'TZ=UTC', { b: 1, a: { d: 2, c: 3 } })).not.toBe(id);
    expect(ask(t, 'x', {}).learnings).toHaveLength(2);
  });

  it('titles, categories and named branches tell records apart', () => {
    const t = team();
    const ids = [
      record(t, 'x', 'one'),
      record(t, 'x', 'two'),
      record(t, 'x', 'one', {}, 'decision'),
      record(t, 'x', 'one', { branch: 'feat/api' }),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  it('a body tells records apart whatever their titles, unless the title is the lesson and the body says more', () => {
    const t = team();
    const body = { paths: ['src/a.ts'] };
    const id = record(t, 'x', 'Dates are off by one', body);
    expect(record(t, 'x', 'Dates are wrong', body)).toBe(id);
    expect(ask(t, 'x', {}).learnings).toMatchObject([{ id, title: 'Dates are wrong', count: 2 }]);
    const sentence = (title: string): string | undefined =>
      ask(t, 'x', { record: { category: 'convention', title, body, sentence: true } }).recorded?.id;
    expect(new Set([id, sentence('Dates are off by one'), sentence('Run with TZ=UTC')]).size).toBe(3);
    expect(ask(t, 'x', {}).learnings?.[0]).not.toHaveProperty('sentence');
  });

  it('a body is kept as it is', () => {
    const t = team();
    const body = { odd: [1, { deep: null }], paths: 'src/a.ts', branch: 7 };
    record(t, 'x', 'odd', body, 'my own category');
    expect(ask(t, 'x', {}).learnings).toMatchObject([{ body, category: 'my own category', branch_id: 'x' }]);
  });

  it('refuses one that is too long, and keeps nothing of it', () => {
    const t = team();
    expect(() => record(t, 'x', 'long', { text: 'ä'.repeat(20_000) })).toThrow(/40\d\d\d bytes; the limit is 32768/);
    expect(t.state.learnings.size).toBe(0);
  });

  it('is told once: to the agent of the branch it names, else to the supervisor', () => {
    const t = team();
    record(t, 'x', 'about api', { branch: 'feat/api' });
    record(t, 'x', 'about api', { branch: 'feat/api' });
    record(t, 'x', 'about x itself', { branch: 'x' });
    record(t, 'x', 'about nobody known', { branch: 'gone' });
    record(t, 'x', 'about all');
    record(t, 'supervisor', 'of the supervisor');
    const told = [...t.state.messages.values()].filter(({ type }) => type === 'agent.learning');
    expect(told.map(({ to, payload }) => [Object(payload).title, to])).toEqual([
      ['about api', ['feat-api']],
      ['about x itself', ['supervisor']],
      ['about nobody known', ['supervisor']],
      ['about all', ['supervisor']],
      ['of the supervisor', []],
    ]);
    expect(told[0]).toMatchObject({ agent_id: 'x', payload: { category: 'convention', id: expect.any(String) } });
  });
});

describe('searching', () => {
  it('finds words, their beginnings and misspellings, in title, body and category', () => {
    const t = team();
    record(t, 'x', 'Run the tests with TZ=UTC', { workaround: 'export it in the shell' }, 'tooling_friction');
    record(t, 'x', 'Mocks live in test/mocks', {}, 'doc_gap');
    for (const query of ['tz', 'UTC tests', 'workar', 'exprot', 'friction', 'shel'])
      expect(titles(t, { query }), query).toEqual(['Run the tests with TZ=UTC']);
    expect(titles(t, { query: 'test' })).toHaveLength(2);
    expect(titles(t, { query: 'xylophone' })).toEqual([]);
    expect(titles(t, { query: '…!' })).toEqual([]);
    expect(titles(t, { query: 'constructor __proto__' })).toEqual([]);
  });

  it('knows what has changed since it last looked', () => {
    const t = team();
    const first = record(t, 'x', 'alpha beta');
    expect(titles(t, { query: 'alpha' })).toHaveLength(1);
    record(t, 'x', 'alpha gamma');
    expect(titles(t, { query: 'alpha' })).toHaveLength(2);
    t.run((tx) => forget(tx, first));
    expect(titles(t, { query: 'alpha' })).toEqual(['alpha gamma']);
    expect(titles(t, { query: 'beta' })).toEqual([]);
    t.restart();
    expect(titles(t, { query: 'alpha' })).toEqual(['alpha gamma']);
  });

  it('without words lists the newest first', () => {
    const t = team();
    for (const title of ['1', '2', '3']) record(t, 'x', title);
    expect(titles(t, { limit: 2 })).toEqual(['3', '2']);
  });

  it('filters by category and by branch, which may be given as the agent', () => {
    const t = team();
    record(t, 'x', 'one', { branch: 'feat/api' });
    record(t, 'x', 'two', { branch: 'feat-api' }, 'decision');
    record(t, 'x', 'three', { branch: 'feat/api-v2' });
    expect(titles(t, { branch: 'feat/api' })).toEqual(['two', 'one']);
    expect(titles(t, { branch: 'feat-api' })).toEqual(['two', 'one']);
    expect(titles(t, { branch: 'feat-api-v2' })).toEqual(['three']);
    expect(titles(t, { branch: 'api' })).toEqual([]);
    expect(titles(t, { category: 'decision' })).toEqual(['two']);
    expect(titles(t, { category: 'decision', query: 'one' })).toEqual([]);
  });

  it('puts what concerns the paths first, the closest before the rest', () => {
    const t = team();
    record(t, 'x', 'the file', { paths: ['src/auth/login.ts#function:login'] });
    record(t, 'x', 'its folder', { paths: ['src/auth/'] });
    record(t, 'x', 'all of src', { paths: ['src/**/*.ts'] });
    record(t, 'x', 'a namesake', { paths: ['src/auth/login.ts.bak', 'lib/src/auth'] });
    record(t, 'x', 'nothing');
    expect(titles(t, { paths: ['src/auth/login.ts'] })).toEqual([
      'the file',
      'its folder',
      'all of src',
      'nothing',
      'a namesake',
    ]);
    expect(titles(t, { paths: ['src/auth/**'] }).slice(0, 2)).toEqual(['its folder', 'a namesake']);
    expect(titles(t, { paths: ['src/auth'], query: 'nothing file' })).toEqual(['the file', 'nothing']);
    expect(titles(t, { paths: ['{', '**', '[', './'] })).toHaveLength(5);
  });
});

describe('forgetting', () => {
  it('takes a record away for good, by its id or the beginning of it', () => {
    const t = team();
    const [a, b] = [record(t, 'x', 'a'), record(t, 'x', 'b')];
    expect(t.run((tx) => forget(tx, a))).toBe('a');
    expect(() => t.run((tx) => forget(tx, a))).toThrow(/no lesson with the id/);
    expect(t.run((tx) => forget(tx, b.slice(0, 8)))).toBe('b');
    expect(titles(t, {})).toEqual([]);
    expect(t.state.unfiled.size).toBe(0);
  });

  it('refuses a beginning that several have', () => {
    const t = team();
    for (let index = 0; index < 20; index += 1) record(t, 'x', `number ${index}`);
    expect(() => t.run((tx) => forget(tx, ''))).toThrow(/begins more than one/);
    expect(t.state.learnings.size).toBe(20);
  });
});

describe('given with a claim', () => {
  it('are the best three about its paths, each once for a session', () => {
    const t = team();
    record(t, 'x', 'elsewhere', { paths: ['docs/a.md'] });
    record(t, 'x', 'nowhere');
    for (const title of ['1', '2', '3', '4']) record(t, 'x', title, { paths: ['src/a.ts'], about: title });
    record(t, 'x', 'folder', { paths: ['src'] });
    expect(given(t, 's1', 'src/a.ts')).toEqual(['4', '3', '2']);
    expect(given(t, 's1', 'src/a.ts')).toEqual(['1', 'folder']);
    expect(given(t, 's1', 'src/a.ts')).toEqual([]);
    expect(given(t, 's2', 'src/a.ts')).toEqual(['4', '3', '2']);
    expect(given(t, 's3', 'lib')).toEqual([]);
  });

  it('have a body only if it is short and says more than the title', () => {
    const t = team();
    record(t, 'x', 'bare', { paths: ['a'] });
    record(t, 'x', 'short', { paths: ['a'], why: 'speed' });
    record(t, 'x', 'long', { paths: ['a'], why: 'x'.repeat(400) });
    const { learnings: notes } = t.run((tx) =>
      withLearnings(tx, { agent: 'x', session: 's' }, [{ path: 'a' }], { granted: true }),
    );
    expect(notes?.map(({ title, body }) => [title, body])).toEqual([
      ['long', undefined],
      ['short', { why: 'speed' }],
      ['bare', undefined],
    ]);
    expect(Object.keys(notes?.[0] ?? {}).sort()).toEqual(['agent_id', 'category', 'id', 'title']);
  });

  it('are not given with a refusal', () => {
    const t = team();
    record(t, 'x', 'a', { paths: ['a'] });
    const refused = { granted: false };
    expect(t.run((tx) => withLearnings(tx, { agent: 'x', session: 's' }, [{ path: 'a' }], refused))).toEqual(refused);
  });

  it('a session that has ended is forgotten', () => {
    const t = team();
    record(t, 'feat-api', 'a', { paths: ['a'] });
    given(t, 'session-of-x', 'a');
    expect(t.state.volatile.handed.has('session-of-x')).toBe(true);
    t.leave('session-of-x');
    expect(t.state.volatile.handed.size).toBe(0);
  });
});

describe('new since the agent last looked', () => {
  it('counts what others recorded, until it searches or is handed it', () => {
    const t = team();
    const count = (): number => newLearnings(t.state, { agent: 'x', session: 's' });
    record(t, 'feat-api', 'one', { paths: ['a'] });
    record(t, 'feat-api', 'two');
    record(t, 'x', 'my own');
    expect(count()).toBe(2);
    given(t, 's', 'a');
    expect(count()).toBe(1);
    ask(t, 'x', { query: 'anything' });
    expect(count()).toBe(0);
    const records = t.records.length;
    ask(t, 'x', { query: 'anything' });
    expect(t.records.length).toBe(records);
    t.restart();
    expect(count()).toBe(0);
    record(t, 'feat-api', 'three');
    expect(count()).toBe(1);
  });
});
