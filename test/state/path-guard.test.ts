import { describe, expect, it } from 'vitest';
import { guardRequestSchema } from '../../src/protocol/guard.ts';
import type { Region } from '../../src/protocol/targets.ts';
import { claim } from '../../src/state/claims/claims.ts';
import { type Config, DEFAULT_CONFIG } from '../../src/state/config.ts';
import { guard } from '../../src/state/hooks/path-guard.ts';
import { Team } from './team.ts';
import { claimRequest, target } from './world.ts';

const PATHS = ['src/auth/login.ts', 'src/other.ts'];

/** `a` and `b` work in worktrees of their own, `c` has one and nobody in it. */
function team(settings: Partial<Config['guard']> = {}): Team {
  const made = new Team({ guard: { ...DEFAULT_CONFIG.guard, ...settings } });
  made.worktrees('main', 'a', 'b', 'c');
  made.join('a', 'b');
  return made;
}

function ask(t: Team, worktree: string, request: object = {}): ReturnType<typeof guard> {
  return t.run((tx) => guard(tx, guardRequestSchema.parse({ protocol: 1, worktree: `/repo/${worktree}`, ...request })));
}

function holds(
  t: Team,
  agent: string,
  path: string,
  mode: 'exclusive' | 'shared' = 'exclusive',
  region?: Region,
): void {
  t.run((tx) => claim(tx, agent, claimRequest([target(path, region)], { mode, reason: 'tokens' })));
}

describe('paths of a commit', () => {
  it("inside another worktree's exclusive claim are named with their holder", () => {
    const t = team();
    holds(t, 'b', 'src/auth/**');
    expect(ask(t, 'a', { paths: PATHS })).toEqual({
      blocked: [
        { path: 'src/auth/login.ts', claimed: 'src/auth/**', holder: 'b', reason: 'tokens', expires_in_seconds: 900 },
      ],
      branch: 'warn',
      push: 'off',
    });
    t.pass(60);
    expect(ask(t, 'c', { paths: PATHS }).blocked[0]?.expires_in_seconds).toBe(840);
  });

  it('are named with the oldest of several claims, whether it has a reason or not, and its full time after a restart', () => {
    const t = team();
    t.run((tx) => claim(tx, 'b', claimRequest(['src/auth'], { ttl_seconds: 600 })));
    holds(t, 'b', 'src');
    t.pass(60);
    const only = (): unknown => ask(t, 'a', { paths: PATHS.slice(0, 1) }).blocked;
    const blocked = { path: 'src/auth/login.ts', claimed: 'src/auth', holder: 'b' };
    expect(only()).toEqual([{ ...blocked, expires_in_seconds: 540 }]);
    t.restart();
    expect(only()).toEqual([{ ...blocked, expires_in_seconds: 600 }]);
  });

  it('are free to everybody in the worktree of the holder', () => {
    const t = team();
    holds(t, t.helper('b', 'docs'), 'src/auth');
    holds(t, t.hello({ worktree: '/repo/b', branch: 'b', session: 'another-session' }), 'src/other.ts');
    expect(ask(t, 'b', { paths: PATHS }).blocked).toEqual([]);
    expect(ask(t, 'a', { paths: PATHS }).blocked.map(({ holder }) => holder)).toEqual(['b.docs', 'b-2']);
  });

  it('are not held up by shared claims', () => {
    const t = team();
    holds(t, 'b', 'src/other.ts', 'shared');
    expect(ask(t, 'a', { paths: PATHS }).blocked).toEqual([]);
  });

  it('of which others hold parts are named with each of these, unless somebody of the worktree holds one too', () => {
    const t = team();
    for (const name of ['login', 'logout']) holds(t, 'b', PATHS[0] ?? '', 'exclusive', { kind: 'function', name });
    const blocked = { path: PATHS[0], holder: 'b', reason: 'tokens', part: true, expires_in_seconds: 900 };
    expect(ask(t, 'a', { paths: PATHS }).blocked).toEqual([
      { ...blocked, claimed: 'src/auth/login.ts#function:login' },
      { ...blocked, claimed: 'src/auth/login.ts#function:logout' },
    ]);
    holds(t, t.helper('a', 'docs'), PATHS[0] ?? '', 'exclusive', { kind: 'function', name: 'other' });
    expect(ask(t, 'a', { paths: PATHS }).blocked).toEqual([]);
  });

  it('are looked at without a trace', () => {
    const t = team();
    holds(t, 'b', 'src');
    const records = t.records.length;
    t.pass(30);
    const before = t.row('a');
    ask(t, 'a', { paths: PATHS, branch: 'a' });
    expect(t.records).toHaveLength(records);
    expect(t.row('a')).toEqual(before);
  });
});

describe('the branch of a commit', () => {
  it("is another than the agent's as soon as it is switched, and after that was seen", () => {
    const t = team();
    expect(ask(t, 'a', { branch: 'a' }).agent).toBeUndefined();
    expect(ask(t, 'a', { branch: 'x' }).agent).toEqual({ id: 'a', branches: ['a'] });
    t.worktrees('main', { path: '/repo/a', branch: 'x', head: '1' }, 'b', 'c');
    expect(ask(t, 'a', { branch: 'x' }).agent).toEqual({ id: 'a', branches: ['a'] });
    t.worktrees('main', 'a', 'b', 'c');
    expect(ask(t, 'a', { branch: 'a' }).agent).toBeUndefined();
  });

  it('is any branch for an agent that is named after its folder', () => {
    const t = team();
    t.worktrees('main', 'a', 'b', 'c', { path: '/repo/My Tree', head: '1' });
    t.hello({ worktree: '/repo/My Tree', session: 'session-of-my-tree' });
    expect(ask(t, 'My Tree', { branch: 'x' }).agent).toBeUndefined();
    t.worktrees('main', 'a', 'b', 'c', { path: '/repo/My Tree', branch: 'feat', head: '1' });
    for (const branch of ['feat', 'x']) expect(ask(t, 'My Tree', { branch }).agent).toBeUndefined();
  });

  it('is nobody else’s where nobody works, on a detached HEAD, or where the supervisor works', () => {
    const t = team();
    expect(ask(t, 'c', { branch: 'x' }).agent).toBeUndefined();
    expect(ask(t, 'a').agent).toBeUndefined();
    t.hello({ role: 'supervisor', worktree: '/repo/c', branch: 'c', session: 'of-supervisor' });
    expect(ask(t, 'c', { branch: 'x' }).agent).toBeUndefined();
  });
});

it('tells what the configuration wants, and lets the supervisor push', () => {
  const t = team({ branch: 'block', push: 'block' });
  t.hello({ role: 'supervisor', worktree: '/repo/c', branch: 'c', session: 'of-supervisor' });
  expect(ask(t, 'a')).toMatchObject({ branch: 'block', push: 'block' });
  expect(ask(t, 'c')).toMatchObject({ branch: 'block', push: 'off' });
});
