import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PawError } from '../../src/errors/paw-error.ts';
import { VIEW_ENTRIES_MAX, VIEW_LIST_MAX_BYTES, VIEW_NEWEST_MAX, VIEWS, type View } from '../../src/protocol/views.ts';
import { claim } from '../../src/state/claims/claims.ts';
import { learn } from '../../src/state/learnings/learnings.ts';
import { unreadIn } from '../../src/state/messages/inbox.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { viewsChangedBy } from '../../src/state/view-changes.ts';
import { viewOf } from '../../src/state/views.ts';
import { Changes } from './changes.ts';
import { claimRequest } from './world.ts';

const ONLOOKER = { you: 'x', uptimeSeconds: 7 };
/** What changes while nothing happens. */
const TIMES = ['last_seen_seconds', 'expires_in_seconds', 'expires_at'];

function look(team: Changes, view: View): ReturnType<typeof viewOf> {
  return viewOf(team.state, team.now, view, ONLOOKER);
}

function withoutTimes(team: Changes, view: View): string {
  return JSON.stringify(look(team, view), (key, value: unknown) => (TIMES.includes(key) ? undefined : value));
}

function queue(team: Changes, who: string, path: string, mode: 'exclusive' | 'shared' = 'exclusive'): void {
  team.run((tx) => claim(tx, who, claimRequest([path], { mode, queue: true })));
}

describe('a view', () => {
  it('shows the roster in short, and claims and conflicts as whole records', () => {
    const team = new Changes();
    team.hold('x', ['src']);
    queue(team, 'y', 'src/a.ts');
    team.change('y', 'src/a.ts');
    team.change('z', 'src/a.ts');
    expect(look(team, 'status')).toMatchObject({ you: 'x', uptime_seconds: 7, claims: [{ path: 'src', holder: 'x' }] });
    expect(look(team, 'claims')).toEqual({
      claims: [
        {
          path: 'src',
          holder: 'x',
          reason: 'work of x',
          mode: 'exclusive',
          fence: 1,
          granted_at: expect.any(String),
          expires_at: expect.any(String),
          expires_in_seconds: 900,
          waiting: ['y'],
        },
      ],
    });
    expect(look(team, 'conflicts')).toMatchObject({
      conflicts: expect.arrayContaining([
        expect.objectContaining({ shape: 'in-flight', paths: ['src/a.ts'], agents: ['y', 'z'], state: 'open' }),
      ]),
    });
  });

  it('of the log shows the newest messages as they are stored', () => {
    const team = new Changes();
    for (let n = 1; n <= VIEW_NEWEST_MAX + 5; n += 1) team.say('x', { type: 'note', to: ['y'], text: `note ${n}` });
    const { messages, last } = { messages: [], last: 0, ...look(team, 'log') };
    expect(last).toBe(team.state.seq);
    expect(messages).toEqual([...team.state.messages.values()].slice(-VIEW_NEWEST_MAX));
  });

  it('is bounded in entries and in bytes, and counts the rest', () => {
    const team = new Changes();
    team.hold(
      'x',
      Array.from({ length: VIEW_ENTRIES_MAX + 3 }, (_, n) => `file-${n}`),
    );
    expect(look(team, 'claims')).toMatchObject({ more: 3, claims: { length: VIEW_ENTRIES_MAX } });
    const text = 'x'.repeat(30_000);
    for (let n = 0; n < 20; n += 1) {
      team.say('x', { type: 'note', to: ['y'], text: `${n} ${text}` });
      team.run((tx) => learn(tx, { category: 'decision', title: `lesson ${n}`, body: { n, text }, by: 'x' }));
    }
    for (const view of VIEWS) expect(JSON.stringify(look(team, view)).length).toBeLessThan(VIEW_LIST_MAX_BYTES + 1000);
    const { learnings = [], more = 0 } = { ...look(team, 'learnings') } as { learnings?: object[]; more?: number };
    expect(learnings[0]).toMatchObject({ title: 'lesson 19' });
    expect(learnings.length + more).toBe(20);
    const { messages = [] } = { ...look(team, 'log') } as { messages?: { seq: number }[] };
    expect(messages.at(-1)?.seq).toBe(team.state.seq);
    expect(messages.length).toBeGreaterThan(1);
  });

  it('marks and renews nothing', () => {
    const team = new Changes();
    team.hold('x', ['src']);
    team.say('y', { type: 'note', to: ['x'], text: 'hello' });
    const before = JSON.stringify(toSnapshot(team.state));
    const unread = unreadIn(team.state.inboxes.get('x'));
    const ends = [...team.state.volatile.leases.claims.values()];
    team.now.mono += 60_000;
    team.now.wall += 60_000;
    for (const view of VIEWS) look(team, view);
    expect(JSON.stringify(toSnapshot(team.state))).toBe(before);
    expect(unreadIn(team.state.inboxes.get('x'))).toEqual(unread);
    expect([...team.state.volatile.leases.claims.values()]).toEqual(ends);
    expect(look(team, 'status')).toMatchObject({
      agents: expect.arrayContaining([expect.objectContaining({ agent_id: 'x', last_seen_seconds: 60 })]),
    });
  });
});

const agent = fc.constantFrom('x', 'y', 'z');
const path = fc.constantFrom('a', 'a/b', 'c', 'd/*.ts');
/** Something that happens. */
const step = fc.oneof(
  fc.tuple(agent, fc.constantFrom('working', 'idle', 'done'), fc.array(path, { maxLength: 2 })).map(
    ([who, status, files]) =>
      (team: Changes) =>
        team.say(who, { type: 'status', status, files }),
  ),
  fc.tuple(agent, agent).map(
    ([who, to]) =>
      (team: Changes) =>
        team.say(who, { type: 'note', to: [to], text: 'hi' }),
  ),
  fc.tuple(agent, agent).map(
    ([who, to]) =>
      (team: Changes) =>
        team.say(who, { type: 'question', to: [to], text: 'why?' }),
  ),
  fc.tuple(agent, agent).map(
    ([who, to]) =>
      (team: Changes) =>
        team.say(who, { type: 'answer', to: [to], text: 'so' }),
  ),
  fc.tuple(agent, agent).map(
    ([who, to]) =>
      (team: Changes) =>
        team.say(who, { type: 'blocked', to: [to], text: 'it' }),
  ),
  fc.tuple(agent).map(
    ([who]) =>
      (team: Changes) =>
        team.say(who, { type: 'artifact', exports: [] }),
  ),
  fc.tuple(agent, path).map(
    ([who, file]) =>
      (team: Changes) =>
        team.plan(who, file),
  ),
  fc.tuple(agent, path, fc.constantFrom<'exclusive' | 'shared'>('exclusive', 'shared')).map(
    ([who, file, mode]) =>
      (team: Changes) =>
        queue(team, who, file, mode),
  ),
  agent.map((who) => (team: Changes) => team.free(who)),
  agent.map((who) => (team: Changes) => team.read(who)),
  agent.map((who) => (team: Changes) => team.poll(who)),
  fc.tuple(agent, fc.array(path, { maxLength: 2 })).map(
    ([who, files]) =>
      (team: Changes) =>
        team.saw(who, { files }),
  ),
  fc.tuple(agent, fc.nat(3)).map(
    ([who, n]) =>
      (team: Changes) =>
        team.run((tx) => learn(tx, { category: 'decision', title: `lesson ${n}`, body: {}, by: who })),
  ),
  agent.map((who) => (team: Changes) => team.hello({ branch: who, worktree: `/repo/${who}` })),
  agent.map((who) => (team: Changes) => team.leave(`session-of-${who}`)),
  fc.constantFrom(1, 130, 1000, 90_000).map((seconds) => (team: Changes) => team.pass(seconds)),
);

describe('what has changed', () => {
  it('is told of every view whose answer differs, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
        const team = new Changes();
        team.config.retention = { messages: 20, bytes: 1e6, days: 1 };
        for (const take of steps) {
          const before = VIEWS.map((view) => withoutTimes(team, view));
          const records = team.records.length;
          try {
            take(team);
          } catch (error) {
            if (!(error instanceof PawError)) throw error;
          }
          const differing = VIEWS.filter((view, index) => withoutTimes(team, view) !== before[index]);
          const told = viewsChangedBy(team.records.slice(records).flatMap(({ events }) => events));
          expect(differing.filter((view) => !told.has(view))).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('names no view that stays as it is', () => {
    const team = new Changes();
    const told = (take: () => unknown): View[] => {
      const records = team.records.length;
      take();
      return [...viewsChangedBy(team.records.slice(records).flatMap(({ events }) => events))].sort();
    };
    expect(told(() => team.hold('x', ['src']))).toEqual(['claims', 'status']);
    expect(told(() => team.say('x', { type: 'note', to: ['y'], text: 'hello' }))).toEqual(['log', 'status']);
    expect(told(() => team.poll('y'))).toEqual(['status']);
    expect(told(() => team.poll('y'))).toEqual([]);
    expect(told(() => team.run((tx) => tx.emit({ kind: 'agent', id: 'x', set: { learned: 1, tip: 'abc' } })))).toEqual(
      [],
    );
    expect(
      told(() => team.run((tx) => learn(tx, { category: 'decision', title: 't', body: {}, by: 'supervisor' }))),
    ).toEqual(['learnings', 'log']);
  });
});
