import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STAGES, type Stage, type WorkItemView } from '../../src/protocol/work.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { MOVES } from '../../src/state/work/stages.ts';
import { Crew, crew } from './crew.ts';

const events = (item: WorkItemView): string[] => item.history.map(({ event }) => event);
const COMMIT = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const LATER = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
const MERGED = 'cccccccccccccccccccccccccccccccccccccccc';

describe('the list', () => {
  test('shows an item as it was added, with the defaults', () => {
    const team = crew('a');
    const { item } = team.work('a', { action: 'add', title: 'Limit logins' });
    expect(item).toEqual({
      id: 'w1',
      title: 'Limit logins',
      body: '',
      stage: 'backlog',
      priority: 0,
      depends_on: [],
      paths: [],
      attempts: 0,
      history: [{ at: '2026-03-01T10:00:00.000Z', event: 'added', by: 'a', to: 'backlog' }],
    });
    expect(team.work('a', { action: 'list' })).toEqual({
      items: [expect.not.objectContaining({ history: expect.anything() })],
    });
    expect(team.status('a').work).toEqual({ backlog: 1 });
  });

  test('is ordered by stage, priority and age, leaves out what is archived, and filters by stage', () => {
    const team = crew('a');
    team.add('later', { stage: 'backlog' });
    team.add('old');
    team.add('important', { priority: 5 });
    team.add('gone', { stage: 'done' });
    team.work('human', { action: 'advance', id: 'w4' });
    const ids = (request: object): string[] =>
      (team.work('a', { action: 'list', ...request }).items ?? []).map(({ id }) => id);
    expect(ids({})).toEqual(['w3', 'w2', 'w1']);
    expect(ids({ stage: 'archived' })).toEqual(['w4']);
    expect(ids({ stage: 'qa' })).toEqual([]);
  });

  test('is cut at a hundred items, and says how many more there are', () => {
    const team = crew();
    for (let number = 1; number <= 103; number += 1) team.add(`item ${number}`);
    const answer = team.work('human', { action: 'list' });
    expect([answer.items?.length, answer.more]).toEqual([100, 3]);
    const rest = team.work('human', { action: 'list', skip: 100 });
    expect(rest).toEqual({ items: [101, 102, 103].map((number) => expect.objectContaining({ id: `w${number}` })) });
    expect(team.work('human', { action: 'list', skip: 500 })).toEqual({ items: [] });
  });

  test('takes an id in any form a model writes it', () => {
    const team = crew();
    team.add('one');
    for (const id of ['w1', 'W1', '1', ' w1 ']) expect(team.item(id).id).toBe('w1');
    expect(() => team.item('w7')).toThrow(/There is no work item "w7"\. Did you mean w1\?/);
  });

  test('updates what is named and nothing else', () => {
    const team = crew('a', 'b');
    team.add('one', { priority: 3, body: 'before', targets: [{ path: 'src' }] });
    const { item } = team.work('a', { action: 'update', id: 'w1', body: 'after', targets: [] });
    expect(item).toMatchObject({ title: 'one', body: 'after', priority: 3, paths: [] });
    expect(item?.history.at(-1)).toMatchObject({ event: 'updated', by: 'a', reason: 'body, paths' });
    expect(() => team.work('a', { action: 'update', id: 'w1' })).toThrow(/nothing to change/);
    team.claim('a', { work: 'w1' });
    expect(() => team.work('b', { action: 'update', id: 'w1', body: 'mine' })).toThrow(/held by a/);
    expect(team.work('supervisor', { action: 'update', id: 'w1', priority: 9 }).item?.priority).toBe(9);
  });

  test('keeps the newest thousand archived items', () => {
    const team = crew();
    for (let number = 0; number < 1001; number += 1) team.add('x', { stage: 'archived' });
    expect(team.state.items.size).toBe(1000);
    expect(team.state.items.has('w1')).toBe(false);
    expect(team.add('next')).toBe('w1002');
  });
});

describe('stages', () => {
  const pairs = STAGES.flatMap((from) => STAGES.map((to) => [from, to] as const));

  test.each(pairs)('%s to %s', (from, to) => {
    const legal: Record<Stage, Stage[]> = {
      backlog: ['current'],
      current: ['qa', 'backlog'],
      qa: ['current', 'merge'],
      merge: ['current', 'done'],
      done: ['archived', 'current'],
      archived: ['backlog'],
    };
    const team = crew();
    team.add('x', { stage: from });
    const advance = (): unknown => team.work('human', { action: 'advance', id: 'w1', stage: to });
    if (legal[from].includes(to)) {
      advance();
      expect(team.item('w1').stage).toBe(to);
      return;
    }
    const ways = MOVES[from].join(' or ');
    expect(advance).toThrow(from === to ? `w1 is in ${from} already` : `w1 cannot go from ${from} to ${to}`);
    expect(advance).toThrow(`it can go to ${ways}`);
  });

  test('without a stage an item goes on to the next', () => {
    const team = crew();
    team.add('x', { stage: 'backlog' });
    const way = ['current', 'qa', 'merge', 'done', 'archived', 'backlog'];
    for (const stage of way) expect(team.work('human', { action: 'advance', id: 'w1' }).item?.stage).toBe(stage);
  });

  test('an agent moves nothing out of review, and adds nothing beyond current', () => {
    const team = crew('a');
    team.add('x', { stage: 'qa' });
    expect(() => team.work('a', { action: 'advance', id: 'w1' })).toThrow(/only a supervisor or a person/);
    expect(() => team.work('a', { action: 'add', title: 'y', stage: 'qa' })).toThrow(/begins in backlog or current/);
    expect(team.work('supervisor', { action: 'advance', id: 'w1' }).item?.stage).toBe('merge');
    expect(() => team.work('a', { action: 'advance', id: 'w1', stage: 'done' })).toThrow(/only a supervisor/);
  });

  test('an item is moved by its holder or a judge; whoever loses it is told', () => {
    const team = crew('a', 'b');
    team.add('x');
    team.claim('a', { work: 'w1' });
    expect(() => team.work('b', { action: 'advance', id: 'w1' })).toThrow(/held by a/);
    team.read('a');
    team.work('supervisor', { action: 'advance', id: 'w1', stage: 'backlog' });
    expect(team.held()).toEqual({});
    expect(team.read('a')).toMatchObject([{ type: 'coordinator.claim', urgent: true, payload: { event: 'lost' } }]);
  });
});

describe('dependencies', () => {
  test('are waited for until they are done', () => {
    const team = crew('a', 'b');
    team.add('first');
    team.add('second', { depends_on: ['W1'], priority: 9 });
    expect(team.item('w2').depends_on).toEqual(['w1']);
    expect(team.take('a')).toBe('w1');
    expect(() => team.claim('b', { work: 'w2' })).toThrow(/depends on w1/);
    expect(team.claim('b', { next: true })).toMatchObject({
      granted: false,
      note: expect.stringContaining('1 held by others, 1 waiting for items they depend on'),
    });
    for (let step = 0; step < 3; step += 1) team.work('human', { action: 'advance', id: 'w1' });
    expect(team.take('b')).toBe('w2');
  });

  test('that close a circle are refused, with the circle', () => {
    const team = crew();
    team.add('one');
    team.add('two', { depends_on: ['w1'] });
    team.add('three', { depends_on: ['w2'] });
    expect(() => team.work('human', { action: 'update', id: 'w1', depends_on: ['w3'] })).toThrow('w1 → w3 → w2 → w1');
    expect(() => team.work('human', { action: 'update', id: 'w1', depends_on: ['w1'] })).toThrow('w1 → w1');
    expect(() => team.add('four', { depends_on: ['w9'] })).toThrow(/no work item "w9"/);
    expect(team.item('w1').depends_on).toEqual([]);
    expect(team.state.items.size).toBe(3);
  });

  test('never form a circle, whatever is asked', () => {
    const link = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(link, { maxLength: 25 }), (links) => {
        const team = crew();
        for (let number = 1; number <= 6; number += 1) team.add(`item ${number}`);
        for (const [id, on] of links) {
          try {
            team.work('human', { action: 'update', id: `w${id}`, depends_on: on.map((one) => `w${one}`) });
          } catch (error) {
            expect(String(error)).toMatch(/wait for each other/);
          }
        }
        for (const item of team.state.items.values()) expect(reaches(team, item.id, item.id)).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  function reaches(team: Crew, from: string, goal: string, seen = new Set<string>()): boolean {
    for (const next of team.state.items.get(from)?.depends_on ?? []) {
      if (next === goal) return true;
      if (!seen.has(next) && reaches(team, next, goal, seen.add(next))) return true;
    }
    return false;
  }
});

describe('claiming', () => {
  test('gives the item with its paths, or nothing', () => {
    const team = crew('a', 'b');
    team.add('Limit logins', { targets: [{ path: 'src/auth' }], body: 'all of it' });
    const answer = team.claim('a', { work: 'w1' });
    expect(answer).toMatchObject({
      granted: true,
      claims: [{ work: 'w1' }, { path: 'src/auth' }],
      item: { id: 'w1', holder: 'a', branch: 'a', body: 'all of it' },
    });
    expect(team.claim('b', { work: 'w1' })).toMatchObject({
      granted: false,
      blocked_by: [{ work: 'w1', holder: 'a', reason: 'Limit logins' }, { path: 'src/auth' }],
    });
    expect(team.row('a')?.claims).toBe(2);
  });

  test('is refused whole if somebody has one of the paths, and the next free item is given instead', () => {
    const team = crew('a', 'b');
    team.add('blocked by a path', { targets: [{ path: 'src' }], priority: 9 });
    team.add('free');
    team.run((tx) => tx.emit({ kind: 'claimed', claim: pathClaim('a', 'src') }));
    expect(team.claim('b', { work: 'w1' })).toMatchObject({
      granted: false,
      blocked_by: [{ path: 'src', holder: 'a' }],
    });
    expect(team.held()).toEqual({});
    expect(team.take('b')).toBe('w2');
    expect(team.claim('b', { next: true })).toMatchObject({
      granted: true,
      item: { id: 'w2' },
      note: /hold w2 already/,
    });
  });

  test('next is the highest priority, then the oldest, and different for everybody', () => {
    const agents = Array.from({ length: 50 }, (_, index) => `agent-${index}`);
    const team = crew(...agents);
    for (let number = 0; number < 60; number += 1) team.add(`item ${number}`, { priority: number % 3 });
    const order = agents.map((agent) => team.take(agent));
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const best = [2, 1, 0].flatMap((priority) => numbers.filter((number) => number % 3 === priority));
    expect(order).toEqual(best.slice(0, 50).map((number) => `w${number + 1}`));
  });

  test('one item at a time, until it is out of current', () => {
    const team = crew('a');
    team.add('one');
    team.add('two');
    team.take('a');
    expect(() => team.claim('a', { work: 'w2' })).toThrow(/You hold w1 in current/);
    expect(team.claim('a', { work: 'w1' })).toMatchObject({ granted: true, item: { id: 'w1' } });
    team.commit('a', COMMIT);
    expect(team.take('a')).toBe('w2');
    expect(team.held()).toEqual({ w1: 'a', w2: 'a' });
  });

  test.each([
    [{ stage: 'backlog' }, /is in backlog, not in current/],
    [{ stage: 'done' }, /is in done, not in current/],
  ])('of %j is refused', (rest, reason) => {
    const team = crew('a');
    team.add('x', rest);
    expect(() => team.claim('a', { work: 'w1' })).toThrow(reason);
    expect(team.take('a')).toBeUndefined();
  });

  test.each([
    [{ work: 'w1', next: true }, /either work/],
    [{ work: 'w1', queue: true }, /cannot queue/],
    [{ next: true, mode: 'shared' }, /cannot be shared/],
  ])('%j is refused', (request, reason) => {
    const team = crew('a');
    team.add('x');
    expect(() => team.claim('a', request)).toThrow(reason);
  });

  test('blocked items are nobody’s until they are unblocked', () => {
    const team = crew('a', 'b');
    team.add('x');
    team.take('a');
    team.work('a', { action: 'block', id: 'w1', reason: 'no key' });
    expect(team.item('w1')).toMatchObject({ blocked: { reason: 'no key' } });
    expect(team.held()).toEqual({});
    expect(() => team.claim('b', { work: 'w1' })).toThrow(/it is blocked \(no key\)/);
    expect(team.claim('b', { next: true }).note).toContain('1 blocked');
    team.work('b', { action: 'unblock', id: 'w1' });
    expect(() => team.work('b', { action: 'unblock', id: 'w1' })).toThrow(/not blocked/);
    expect(team.take('b')).toBe('w1');
  });

  test('a release gives back item and paths, and counts no attempt', () => {
    const team = crew('a', 'b');
    team.add('x', { targets: [{ path: 'src' }] });
    team.take('a');
    expect(team.release('a', { work: ['W1'] })).toEqual(['w1', 'src']);
    expect(team.item('w1')).toMatchObject({ stage: 'current', attempts: 0 });
    expect(events(team.item('w1'))).toEqual(['added', 'claimed', 'released']);
    expect(team.take('b')).toBe('w1');
    expect(() => team.release('a', { work: ['w1'] })).toThrow(/You hold no claim on w1; b holds it/);
  });

  test('what was claimed in the same call, and is no path of the item, outlives it', () => {
    const team = crew('a', 'b');
    team.add('x', { targets: [{ path: 'src' }] });
    const targets = [{ path: 'docs' }, { path: 'src' }];
    const { claims } = team.claim('a', { next: true, targets, names: ['build'] });
    expect(claims?.map(({ path, name, work }) => path ?? name ?? work)).toEqual(['w1', 'src', 'docs', 'build']);
    expect(team.release('a', { work: ['w1'] })).toEqual(['w1', 'src']);
    expect(team.status('a').claims).toMatchObject([{ name: 'build' }, { path: 'docs' }]);
    expect(team.take('b')).toBe('w1');
  });

  test('a path that was claimed before the item outlives it', () => {
    const team = crew('a');
    team.add('x', { targets: [{ path: 'src' }, { path: 'docs' }] });
    team.run((tx) => tx.emit({ kind: 'claimed', claim: pathClaim('a', 'src') }));
    team.take('a');
    expect(team.release('a', { work: ['w1'] })).toEqual(['w1', 'docs']);
    expect(team.status('a').claims).toMatchObject([{ path: 'src' }]);
  });

  function pathClaim(holder: string, path: string) {
    return {
      id: 'c900',
      holder,
      thing: { on: 'path' as const, target: { path } },
      mode: 'exclusive' as const,
      ttl: 900,
      granted_at: '2026-03-01T10:00:00.000Z',
      fence: 900,
      state: 'held' as const,
    };
  }
});

describe('the paths of an item that is held', () => {
  const paths = (team: Crew): unknown[] => (team.status('human').claims ?? []).flatMap(({ path }) => path ?? []).sort();

  function held(): Crew {
    const team = crew('a', 'b');
    team.add('x', { targets: [{ path: 'src' }, { path: 'docs' }] });
    team.take('a');
    team.read('a');
    return team;
  }

  test('are claimed as they are changed, and what they do not name any more is free', () => {
    const team = held();
    const answer = team.work('a', { action: 'update', id: 'w1', targets: [{ path: 'docs' }, { path: 'lib' }] });
    expect(answer).not.toHaveProperty('note');
    expect(paths(team)).toEqual(['docs', 'lib']);
    expect(team.read('a')).toEqual([]);
    expect(team.release('a', { work: ['w1'] })).toEqual(['w1', 'docs', 'lib']);
  });

  test('are told to a holder if somebody else changes them', () => {
    const team = held();
    team.work('supervisor', { action: 'update', id: 'w1', targets: [{ path: 'docs' }, { path: 'lib' }] });
    expect(team.read('a')).toMatchObject([
      { type: 'coordinator.claim', payload: { event: 'lost' } },
      { type: 'coordinator.claim', payload: { event: 'granted' } },
    ]);
  });

  test('stay unclaimed as long as one of them is somebody else’s, which the answer says', () => {
    const team = held();
    team.claimPath('b', 'lib');
    const targets = [{ path: 'lib/x.ts' }, { path: 'test' }];
    expect(team.work('a', { action: 'update', id: 'w1', targets }).note).toContain('a holds w1 without its new paths');
    expect(paths(team)).toEqual(['lib']);
    team.release('b', { all: true });
    team.claim('a', { work: 'w1' });
    expect(paths(team)).toEqual(['lib/x.ts', 'test']);
  });

  test('change no claim if nobody holds it, or they are not what is changed', () => {
    const team = held();
    team.work('a', { action: 'update', id: 'w1', body: 'more' });
    expect(paths(team)).toEqual(['docs', 'src']);
    team.release('a', { work: ['w1'] });
    team.work('a', { action: 'update', id: 'w1', targets: [{ path: 'lib' }] });
    expect(paths(team)).toEqual([]);
  });
});

describe('losing the holder', () => {
  test('three times blocks the item and tells the supervisor', () => {
    const team = crew('a', 'b', 'c', 'd');
    team.add('fragile');
    team.read('supervisor');
    for (const [attempt, agent] of ['a', 'b', 'c'].entries()) {
      expect(team.take(agent)).toBe('w1');
      team.leave(`session-of-${agent}`);
      team.pass(121);
      expect(team.item('w1')).toMatchObject({ attempts: attempt + 1, stage: 'current' });
      expect(team.held()).toEqual({});
    }
    expect(team.item('w1').blocked?.reason).toContain('3 attempts came to nothing; the last time c vanished');
    expect(events(team.item('w1'))).toEqual([
      'added',
      ...['claimed', 'reclaimed', 'claimed', 'reclaimed', 'claimed', 'reclaimed'],
      'blocked',
    ]);
    const notes = team.read('supervisor').filter(({ type }) => type === 'agent.note');
    expect(notes).toMatchObject([{ payload: { text: expect.stringContaining('w1 ("fragile") is blocked') } }]);
    expect(team.take('d')).toBeUndefined();
    team.work('human', { action: 'unblock', id: 'w1' });
    expect(team.item('w1').attempts).toBe(0);
    expect(team.take('d')).toBe('w1');
  });

  test('by expiry counts too; a force does not', () => {
    const team = crew('a');
    team.add('x');
    team.claim('a', { next: true, ttl_seconds: 30 });
    team.pass(31);
    expect(team.item('w1')).toMatchObject({ attempts: 1 });
    expect(events(team.item('w1')).at(-1)).toBe('expired');
    team.take('a');
    team.release('human', { work: ['w1'], force: true });
    expect(team.item('w1')).toMatchObject({ attempts: 1 });
    expect(team.item('w1').history.at(-1)).toMatchObject({ event: 'released', by: 'human', holder: 'a' });
  });

  test('whose worktree is removed counts too', () => {
    const team = crew('a', 'b');
    team.add('x');
    team.take('a');
    team.worktrees('main', 'b');
    expect(team.item('w1')).toMatchObject({ attempts: 1, branch: 'a' });
    expect(team.take('b')).toBe('w1');
  });

  test('in review counts nothing: the work is done', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.leave('session-of-a');
    team.pass(121);
    expect(team.item('w1')).toMatchObject({ stage: 'qa', attempts: 0 });
    expect(team.held()).toEqual({});
  });

  test('as often as configured', () => {
    const team = new Crew({ work: { ...DEFAULT_CONFIG.work, maxAttempts: 1 } });
    team.worktrees('main', 'a');
    team.join('a');
    team.add('x');
    team.take('a');
    team.leave('session-of-a');
    team.pass(121);
    expect(team.item('w1').blocked?.reason).toContain('1 attempts came to nothing');
  });
});

describe('an item follows', () => {
  function begun(): Crew {
    const team = crew('a', 'b');
    team.add('x');
    team.take('a');
    return team;
  }
  const stage = (team: Crew): Stage => team.item('w1').stage;

  test('a commit that leaves the tree clean, whichever is seen first', () => {
    const team = begun();
    team.edit('a', 'src/a.ts');
    team.commit('a', COMMIT);
    expect(stage(team)).toBe('current');
    team.edit('a');
    expect(stage(team)).toBe('qa');
    expect(team.item('w1').history.at(-1)).toMatchObject({
      event: 'moved',
      by: 'coordinator',
      from: 'current',
      to: 'qa',
      commit: COMMIT,
      holder: 'a',
    });
    expect(team.held()).toEqual({ w1: 'a' });

    const other = begun();
    other.edit('a', 'src/a.ts');
    other.edit('a');
    expect(stage(other)).toBe('current');
    other.commit('a', COMMIT);
    expect(stage(other)).toBe('qa');
  });

  test('no commit that brings nothing of its own, such as a merge of the base', () => {
    const team = begun();
    team.commit('a', COMMIT, []);
    expect(stage(team)).toBe('current');
  });

  test('a new edit back, and its undoing forth again', () => {
    const team = begun();
    team.commit('a', COMMIT);
    team.edit('a', 'src/a.ts');
    expect(stage(team)).toBe('current');
    team.edit('a');
    expect(stage(team)).toBe('qa');
  });

  test('no edit while another item is in current', () => {
    const team = begun();
    team.commit('a', COMMIT);
    team.add('y');
    team.take('a');
    team.edit('a', 'src/y.ts');
    expect([stage(team), team.item('w2').stage]).toEqual(['qa', 'current']);
    team.commit('a', LATER);
    team.edit('a');
    expect([stage(team), team.item('w2').stage]).toEqual(['qa', 'qa']);
  });

  test('nothing that others commit', () => {
    const team = begun();
    team.commit('b', COMMIT);
    expect(stage(team)).toBe('current');
  });

  test('feedback back to its holder, and a newer commit forth', () => {
    const team = begun();
    team.commit('a', COMMIT);
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow'] });
    expect(stage(team)).toBe('current');
    expect(team.item('w1').history.at(-1)).toMatchObject({ by: 'supervisor', from: 'qa', reason: 'too slow' });
    expect(team.held()).toEqual({ w1: 'a' });
    team.edit('a');
    expect(stage(team)).toBe('current');
    team.commit('a', LATER);
    expect(stage(team)).toBe('qa');
  });

  test('no feedback of an agent that judges nothing', () => {
    const team = begun();
    team.commit('a', COMMIT);
    team.say('b', { type: 'feedback', to: ['a'], text: ['hm'] });
    expect(stage(team)).toBe('qa');
  });

  test('verified to merge, and its merge to done, where nobody holds it', () => {
    const team = begun();
    team.commit('a', COMMIT);
    team.say('supervisor', { type: 'verified', to: ['a'] });
    expect(stage(team)).toBe('merge');
    team.say('supervisor', { type: 'advanced-main', merged_branch: 'a', commit: MERGED });
    expect(stage(team)).toBe('done');
    expect(team.held()).toEqual({});
    expect(
      team
        .item('w1')
        .history.slice(-3)
        .map(({ to }) => to),
    ).toEqual(['qa', 'merge', 'done']);
  });

  test('no verdict on another commit', () => {
    const team = begun();
    team.commit('a', COMMIT);
    team.commit('a', LATER);
    team.say('supervisor', { type: 'verified', to: ['a'], commit: 'ddddddd' });
    expect(stage(team)).toBe('qa');
    team.say('supervisor', { type: 'advanced-main', merged_branch: 'b', commit: MERGED });
    expect(stage(team)).toBe('qa');
  });

  test('a verdict on a commit below the newest one, if it was made for it', () => {
    const team = begun();
    team.commit('a', COMMIT);
    team.add('y');
    team.take('a');
    team.commit('a', LATER);
    team.say('supervisor', { type: 'verified', to: ['a'], commit: COMMIT });
    expect([stage(team), team.item('w2').stage]).toEqual(['merge', 'qa']);
  });

  test('a merge nobody gave a verdict on', () => {
    const team = begun();
    team.commit('a', COMMIT);
    team.say('human', { type: 'advanced-main', merged_branch: 'a', commit: MERGED });
    expect(stage(team)).toBe('done');
  });

  test('its branch after its holder has gone, and back to that one first', () => {
    const team = begun();
    team.add('important', { priority: 9 });
    team.commit('a', COMMIT);
    team.release('a', { all: true });
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow'] });
    expect(stage(team)).toBe('current');
    expect(team.take('b')).toBe('w2');
    expect(team.take('a')).toBe('w1');
  });

  test('a commit or an edit about its paths, where several items are open in one worktree', () => {
    const team = crew('a');
    const helper = team.helper('a', 'tests');
    team.add('one', { targets: [{ path: 'one' }] });
    team.add('two', { targets: [{ path: 'two' }] });
    team.take('a');
    team.take(helper);
    const stages = (): Stage[] => [stage(team), team.item('w2').stage];
    team.commit('a', COMMIT, ['two/x.ts']);
    expect(stages()).toEqual(['current', 'qa']);
    team.commit('a', LATER, ['one/x.ts']);
    expect(stages()).toEqual(['qa', 'qa']);
    team.edit('a', 'two/x.ts');
    expect(stages()).toEqual(['qa', 'current']);
  });

  test('nothing on the base, which whoever claims there is told', () => {
    const team = crew('main');
    team.add('x');
    expect(team.claim('main', { next: true }).note).toContain('You are on the base branch');
    team.commit('main', COMMIT);
    expect(stage(team)).toBe('current');
    expect(team.work('main', { action: 'advance', id: 'w1' }).item?.stage).toBe('qa');
  });

  test('commits of a helper of its holder', () => {
    const team = crew('a');
    const helper = team.helper('a', 'tests');
    team.add('x');
    expect(team.claim(helper, { next: true }).item?.holder).toBe('a.tests');
    team.commit('a', COMMIT);
    expect(stage(team)).toBe('qa');
  });
});

test('a replay of the journal and a restart give the same items', () => {
  const team = crew('a', 'b');
  team.add('x', { targets: [{ path: 'src' }] });
  team.add('y', { depends_on: ['w1'] });
  team.take('a');
  team.commit('a', COMMIT);
  team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow'] });
  team.release('a', { all: true });
  team.work('human', { action: 'block', id: 'w2', reason: 'later' });
  expect(team.replayed()).toEqual(toSnapshot(team.state));
  const before = toSnapshot(team.state);
  team.restart();
  expect(toSnapshot(team.state)).toEqual(before);
});
