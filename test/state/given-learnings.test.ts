import { expect, it } from 'vitest';
import { claim, release } from '../../src/state/claims/claims.ts';
import { learn } from '../../src/state/learnings/learnings.ts';
import { Team } from './team.ts';
import { claimRequest, releaseRequest } from './world.ts';

/** What comes with a grant by mail. `holder` has the file, and gives it back when somebody waits for it. */
function team(): Team {
  const t = new Team();
  t.worktrees('main', 'holder', 'waiter');
  t.join('holder', 'waiter');
  t.run((tx) => learn(tx, { category: 'convention', title: 'ESM only', body: { paths: ['a.ts'] }, by: 'holder' }));
  return t;
}

/** The titles that `agent` is handed when it is granted the file by mail. */
function granted(t: Team, agent: string): unknown {
  t.run((tx) => claim(tx, 'holder', claimRequest(['a.ts'])));
  t.run((tx) => claim(tx, agent, claimRequest(['a.ts'], { queue: true })));
  t.run((tx) => release(tx, 'holder', releaseRequest({ all: true }), 'holder'));
  t.run((tx) => release(tx, agent, releaseRequest({ all: true }), 'holder'));
  const { payload } = t.read(agent).filter(({ type }) => type === 'coordinator.claim')[0] ?? {};
  const { event, learnings = [] }: { event?: string; learnings?: { title: string }[] } = Object(payload);
  expect(event).toBe('granted');
  return learnings.map(({ title }) => title);
}

it('a grant by mail brings what was learned about its paths, once for a session', () => {
  const t = team();
  expect([granted(t, 'waiter'), granted(t, 'waiter')]).toEqual([['ESM only'], []]);
});

it('a helper is handed it with the session of its parent', () => {
  const t = team();
  const helper = t.helper('waiter', 'tests');
  expect([granted(t, helper), granted(t, 'waiter')]).toEqual([['ESM only'], []]);
});

it('an agent without a session is handed it again: nobody knows whether it was seen', () => {
  const t = team();
  t.leave('session-of-waiter');
  expect([granted(t, 'waiter'), granted(t, 'waiter')]).toEqual([['ESM only'], ['ESM only']]);
  expect(t.state.volatile.handed.size).toBe(0);
});
