import { describe, expect, it } from 'vitest';
import { learningsRequestSchema } from '../../src/protocol/requests.ts';
import { searchLearnings } from '../../src/state/learnings/learning-search.ts';
import { enterSome } from '../../src/state/learnings/learning-words.ts';
import { forget, learn } from '../../src/state/learnings/learnings.ts';
import { Vocabulary } from '../../src/state/learnings/vocabulary.ts';
import { Team } from './team.ts';

function team(): Team {
  const t = new Team();
  t.join('x');
  return t;
}

function record(t: Team, title: string, rest: Partial<Parameters<typeof learn>[1]> = {}): string {
  return t.run((tx) => learn(tx, { category: 'convention', title, body: {}, by: 'x', ...rest })).id;
}

/** Many records at once, without a message for each. */
function fill(t: Team, count: number, title: string): void {
  t.run((tx) => {
    for (let n = 1; n <= count; n += 1)
      tx.emit({
        kind: 'learned',
        learning: {
          id: `r${n}`,
          n,
          category: 'convention',
          title,
          body: {},
          agent_id: 'x',
          at: '2026-03-01T10:00:00.000Z',
          count: 1,
        },
      });
  });
}

function titles(t: Team, request: object): string[] {
  return searchLearnings(t.state, learningsRequestSchema.parse(request)).map(({ title }) => title);
}

describe('words', () => {
  it('of a record that goes on under the same id are those it has now', () => {
    const t = team();
    for (const title of ['alpha three times', 'alpha four times']) {
      record(t, title, { id: 'lasting', continues: true });
      expect(titles(t, { query: 'alpha' })).toEqual([title]);
    }
    expect(titles(t, { query: 'three' })).toEqual([]);
    expect(titles(t, { query: 'four' })).toEqual(['alpha four times']);
    record(t, 'alpha four times', { id: 'lasting' });
    expect(titles(t, { query: 'four' })).toEqual(['alpha four times']);
  });

  it('that thousands of records have are left out beside a rarer one, and looked for alone', () => {
    const t = team();
    fill(t, 4001, 'common');
    record(t, 'common and rare');
    expect(titles(t, { query: 'common rare' })).toEqual(['common and rare']);
    expect(titles(t, { query: 'common', limit: 100 })).toHaveLength(100);
  });

  it('that fewer have are looked for together, the rare ones first', () => {
    const t = team();
    fill(t, 50, 'common');
    record(t, 'rare');
    const found = titles(t, { query: 'common rare', limit: 100 });
    expect([found.length, found[0]]).toEqual([51, 'rare']);
  });

  it('of one letter stand for themselves only', () => {
    const t = team();
    record(t, 'a word about x');
    record(t, 'another');
    expect(titles(t, { query: 'a' })).toEqual(['a word about x']);
    expect(titles(t, { query: 'w' })).toEqual([]);
    expect(titles(t, { query: 'wo' })).toEqual(['a word about x']);
  });

  it('can be entered little by little before the first search', () => {
    const t = team();
    for (const title of ['1', '2', '3', '4', '5']) record(t, `number ${title}`);
    expect([2, 2, 2].map((count) => enterSome(t.state.learnings, count))).toEqual([true, true, false]);
    record(t, 'number 6');
    expect(titles(t, { query: 'number' })).toHaveLength(6);
    expect(enterSome(t.state.learnings, 1)).toBe(false);
  });
});

describe('a vocabulary', () => {
  it('counts in how many texts a word is', () => {
    const words = new Vocabulary();
    words.add(['log', 'in', 'log']);
    words.add(['log']);
    expect(['log', 'in', 'out'].map((word) => words.count(word))).toEqual([2, 1, 0]);
    words.remove(['log', 'log', 'in']);
    expect(['log', 'in'].map((word) => words.count(word))).toEqual([1, 0]);
    words.remove(['log']);
    expect(words.startingWith('lo', 9)).toEqual([]);
  });

  it('knows longer words that begin with a word, the shortest first', () => {
    const words = new Vocabulary();
    words.add(['login', 'logins', 'log', 'logs', 'lot', 'blog']);
    expect(words.startingWith('log', 9)).toEqual(['logs', 'login', 'logins']);
    expect(words.startingWith('log', 2)).toEqual(['logs', 'login']);
    expect(words.startingWith('l', 9)).toEqual([]);
    expect(words.startingWith('xy', 9)).toEqual([]);
    words.remove(['login']);
    expect(words.startingWith('log', 9)).toEqual(['logs', 'logins']);
  });
});

describe('paths', () => {
  it('may be one text, and what is no path is passed over', () => {
    const t = team();
    record(t, 'one', { body: { paths: 'src/a.ts' } });
    record(t, 'odd', { body: { paths: [7, 'src/a.ts', null] } });
    record(t, 'none', { body: { paths: { file: 'src/a.ts' } } });
    expect(titles(t, { paths: ['src/a.ts'] })).toEqual(['odd', 'one', 'none']);
  });

  it('are those a record has now, and none once it is forgotten', () => {
    const t = team();
    const id = record(t, 'moves', { id: 'lasting', body: { paths: ['src/old.ts'] } });
    record(t, 'stays', { body: { paths: ['src/old.ts'] } });
    record(t, 'newest');
    expect(titles(t, { paths: ['src/old.ts'] })).toEqual(['stays', 'moves', 'newest']);
    record(t, 'moves', { id, continues: true, body: { paths: ['lib/new.ts'] } });
    expect(titles(t, { paths: ['src/old.ts'] })).toEqual(['stays', 'newest', 'moves']);
    expect(titles(t, { paths: ['lib'] })).toEqual(['moves', 'newest', 'stays']);
    t.run((tx) => forget(tx, id));
    expect(titles(t, { paths: ['lib'] })).toEqual(['newest', 'stays']);
  });
});

describe('a branch', () => {
  it('may be given by an agent that is on none', () => {
    const t = team();
    t.hello({ agent: 'guest', session: 'session-of-guest' });
    record(t, 'about the guest', { body: { branch: 'guest' } });
    record(t, 'about x');
    expect(titles(t, { branch: 'guest' })).toEqual(['about the guest']);
    expect(titles(t, { branch: 'x' })).toEqual(['about x']);
  });

  it('that nobody is on is known by its name', () => {
    const t = team();
    record(t, 'about a gone one', { body: { branch: 'feat/gone' } });
    for (const branch of ['feat/gone', 'feat-gone']) expect(titles(t, { branch })).toEqual(['about a gone one']);
    expect(titles(t, { branch: 'gone' })).toEqual([]);
  });
});
