import { describe, expect, it } from 'vitest';
import { claim } from '../../src/state/claims/claims.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { restarted, unconnected } from '../../src/state/roster/sessions.ts';
import { nextDeadline } from '../../src/state/tick.ts';
import { Team } from './team.ts';
import { claimRequest } from './world.ts';

const GRACE = DEFAULT_CONFIG.claims.disconnectGraceSeconds;
const DAY = 86_400;

function isKnown(t: Team, agent: string): boolean {
  return t.state.agents.has(agent);
}

function hold(t: Team, agent: string, path: string, rest: Parameters<typeof claimRequest>[1] = {}): void {
  t.run((tx) => claim(tx, agent, claimRequest([path], rest)));
}

describe('an agent without a worktree of its own', () => {
  it('leaves 24 h after its last connection, and not while it has one', () => {
    const t = new Team();
    t.hello({ agent: 'guest', session: 'session-of-guest' });
    t.pass(2 * DAY);
    expect(isKnown(t, 'guest')).toBe(true);
    t.say('guest', { type: 'status', status: 'idle' });
    t.leave('session-of-guest');
    t.pass(DAY - 1);
    expect(isKnown(t, 'guest')).toBe(true);
    t.pass(1);
    expect(isKnown(t, 'guest')).toBe(false);
    expect(t.state.inboxes.has('guest')).toBe(false);
  });

  it('is counted from its last call, after a restart too', () => {
    const t = new Team();
    t.hello({ agent: 'guest', session: 'session-of-guest' });
    t.leave('session-of-guest');
    t.pass(DAY - 1);
    t.restart();
    t.pass(0);
    expect(isKnown(t, 'guest')).toBe(true);
    t.pass(1);
    expect(isKnown(t, 'guest')).toBe(false);
  });
});

describe('a further session', () => {
  function second(): Team {
    const t = new Team();
    t.hello({ branch: 'feat', worktree: '/repo/feat', session: 'first-session' });
    t.hello({ branch: 'feat', worktree: '/repo/feat', session: 'second-session' });
    expect(isKnown(t, 'feat-2')).toBe(true);
    return t;
  }

  it('leaves once it has ended and the grace is over, while its first stays', () => {
    const t = second();
    t.leave('second-session');
    t.pass(GRACE - 1);
    expect(isKnown(t, 'feat-2')).toBe(true);
    t.pass(1);
    expect(isKnown(t, 'feat-2')).toBe(false);
    t.leave('first-session');
    t.pass(DAY);
    expect(isKnown(t, 'feat')).toBe(true);
  });

  it('stays as long as it is connected, however silent, and may come back within the grace', () => {
    const t = second();
    t.pass(DAY);
    expect(isKnown(t, 'feat-2')).toBe(true);
    t.leave('second-session', false);
    t.pass(GRACE - 1);
    expect(t.hello({ branch: 'feat', worktree: '/repo/feat', session: 'second-session' })).toBe('feat-2');
    t.pass(GRACE);
    expect(isKnown(t, 'feat-2')).toBe(true);
  });
});

describe('a helper', () => {
  function helped(): Team {
    const t = new Team();
    t.worktrees('a', 'b');
    t.join('a', 'b');
    t.helper('a', 'tests');
    t.say('b', { type: 'note', to: ['a.tests'], text: 'still red?' });
    return t;
  }

  it.each([true, false])('leaves with the session of its parent, after the grace; said goodbye: %s', (ended) => {
    const t = helped();
    t.leave('session-of-a', ended);
    t.pass(GRACE - 1);
    expect(isKnown(t, 'a.tests')).toBe(true);
    t.pass(1);
    expect([isKnown(t, 'a'), isKnown(t, 'a.tests')]).toEqual([true, false]);
    t.hello({ branch: 'a', worktree: '/repo/a' });
    expect(t.poll('a').messages).toMatchObject([{ payload: { text: 'still red?' } }]);
  });

  it('stays if its parent comes back within the grace', () => {
    const t = helped();
    t.leave('session-of-a');
    t.pass(GRACE - 1);
    t.hello({ branch: 'a', worktree: '/repo/a' });
    t.pass(1);
    expect(isKnown(t, 'a.tests')).toBe(true);
  });

  it('leaves after a restart too, if its parent does not come back', () => {
    const t = helped();
    t.leave('session-of-a');
    t.restart();
    restarted(t.state, t.now);
    t.pass(GRACE - 1);
    expect(isKnown(t, 'a.tests')).toBe(true);
    t.pass(1);
    expect(isKnown(t, 'a.tests')).toBe(false);
  });
});

describe('an agent whose worktree is gone', () => {
  it('leaves with its helpers, whose mail and claims end with its own', () => {
    const t = new Team();
    t.worktrees('main', 'a', 'b');
    t.join('a', 'b');
    t.helper('a', 'tests');
    hold(t, 'a.tests', 'src');
    t.worktrees('main', 'b');
    expect([isKnown(t, 'a'), isKnown(t, 'a.tests'), isKnown(t, 'b')]).toEqual([false, false, true]);
    expect(t.state.claims.size).toBe(0);
    expect([...t.state.sessions.keys()]).toEqual(['session-of-b']);
    expect(['a', 'a.tests'].map((id) => t.state.inboxes.has(id))).toEqual([false, false]);
  });

  it('leaves the queue, and what others wait for stays theirs to wait for', () => {
    const t = new Team();
    t.worktrees('main', 'a', 'b', 'c');
    t.join('a', 'b', 'c');
    hold(t, 'a', 'src');
    for (const agent of ['b', 'c']) hold(t, agent, 'src', { queue: true });
    t.worktrees('main', 'a', 'c');
    expect([...t.state.waits.values()].map(({ agent }) => agent)).toEqual(['c']);
  });
});

it('a session is looked at as long as it has no connection, and after a restart until it has one again', () => {
  const t = new Team();
  t.join('a', 'b');
  const lost = (): string[] => unconnected(t.state).map(({ id }) => id);
  expect(lost()).toEqual([]);
  t.leave('session-of-a', false);
  expect(lost()).toEqual(['session-of-a']);
  t.hello({ branch: 'a', worktree: '/repo/a' });
  expect(lost()).toEqual([]);
  t.restart();
  expect(lost()).toEqual(['session-of-a', 'session-of-b']);
  t.hello({ branch: 'b', worktree: '/repo/b' });
  expect(lost()).toEqual(['session-of-a']);
});

describe('after a restart', () => {
  it('everybody who holds something, waits or is bound has the whole grace to come back', () => {
    const t = new Team();
    t.worktrees('main', 'a', 'b', 'c');
    t.join('a', 'b', 'c');
    hold(t, 'a', 'src');
    hold(t, 'b', 'src', { queue: true });
    t.restart();
    t.now.mono = 5;
    restarted(t.state, t.now);
    t.hello({ branch: 'c', worktree: '/repo/c' });
    t.pass(GRACE - 1);
    expect([t.state.claims.size, t.state.waits.size, t.state.sessions.size]).toEqual([1, 1, 3]);
    t.pass(1);
    expect([t.state.claims.size, t.state.waits.size]).toEqual([0, 0]);
    expect([...t.state.sessions.keys()]).toEqual(['session-of-c']);
  });
});

it('the clock is told when something is due next', () => {
  const t = new Team();
  t.join('a');
  t.pass(0);
  expect(nextDeadline(t.state, t.now)).toBeUndefined();
  hold(t, 'a', 'src', { ttl_seconds: 100 });
  t.pass(0);
  // The holder is warned at 80 % of its time.
  expect(nextDeadline(t.state, t.now)).toBe(t.now.mono + 80_000);
});
