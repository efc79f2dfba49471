import { describe, expect, it } from 'vitest';
import { PawError } from '../../src/errors/paw-error.ts';
import type { ClaimAnswer } from '../../src/protocol/answers.ts';
import type { ClaimRequest, ReleaseRequest } from '../../src/protocol/requests.ts';
import type { Target } from '../../src/protocol/targets.ts';
import { claim, claimsOf, endClaimsOf, release, releaseFinished } from '../../src/state/claims/claims.ts';
import { nextClaimDeadline, noteBack, noteGone, renew, tickClaims } from '../../src/state/claims/leases.ts';
import { claimRequest, releaseRequest, target, World } from './world.ts';

const now = (world: World) => ({ wall: world.wall, mono: world.mono });
const ask = (world: World, agent: string, paths: (string | Target)[], rest: Partial<ClaimRequest> = {}): ClaimAnswer =>
  world.run((tx) => claim(tx, agent, claimRequest(paths, rest))).answer;
const give = (world: World, agent: string, rest: Partial<ReleaseRequest>, by: 'holder' | 'operator' = 'holder') =>
  world.run((tx) => release(tx, agent, releaseRequest(rest), by)).released;
const held = (world: World, agent: string) =>
  claimsOf(world.state, agent).map(({ thing }) => (thing.on === 'path' ? thing.target.path : thing.on));
const events = (world: World, agent: string) =>
  world.mail(agent, 'coordinator.claim').map(({ payload, urgent }) => `${String(payload.event)}${urgent ? '!' : ''}`);

describe('claim', () => {
  it('grants in the order asked, with growing fences, each thing once', () => {
    const world = new World(['x']);
    expect(ask(world, 'x', ['b.ts', 'a.ts', 'b.ts'], { names: ['build'] })).toEqual({
      granted: true,
      claims: [
        { path: 'b.ts', fence: 1 },
        { path: 'a.ts', fence: 2 },
        { name: 'build', fence: 3 },
      ],
      expires_in_seconds: 900,
    });
  });

  it('needs something to claim', () => {
    const world = new World(['x']);
    expect(() => ask(world, 'x', [])).toThrow(PawError);
    expect(world.state.record).toBe(1);
  });

  it('is refused with holder, reason and time left, and takes nothing', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['src/auth/**'], { reason: 'login' });
    world.pass(100);
    expect(ask(world, 'y', ['free.ts', 'src/auth/login.ts'])).toEqual({
      granted: false,
      blocked_by: [{ path: 'src/auth/**', holder: 'x', reason: 'login', expires_in_seconds: 800 }],
    });
    expect(held(world, 'y')).toEqual([]);
    expect(ask(world, 'y', ['src/auth.ts']).granted).toBe(true);
  });

  it('of a file stands against the patterns that match the file, and no others', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', [{ path: 'src/login.ts', file: true }]);
    expect(ask(world, 'y', ['**/*.test.ts']).granted).toBe(true);
    expect(ask(world, 'y', ['src/*.ts']).granted).toBe(false);
    expect(ask(world, 'y', ['src']).granted).toBe(false);
    // What does not exist yet can become a folder.
    expect(ask(world, 'x', ['src/later']).granted).toBe(false);
  });

  it('of what has become a folder is another claim, and has to be free', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', [{ path: 'src/login', file: true }]);
    ask(world, 'y', ['**/*.test.ts']);
    expect(ask(world, 'x', ['src/login'])).toMatchObject({ granted: false, blocked_by: [{ path: '**/*.test.ts' }] });
    give(world, 'y', { all: true });
    expect(ask(world, 'x', ['src/login']).claims).toEqual([{ path: 'src/login', fence: 1 }]);
    expect(ask(world, 'y', ['**/*.test.ts']).granted).toBe(false);
  });

  it('that thousands stand against names some of the holders', () => {
    const world = new World(['x', 'y', 'z']);
    for (const agent of ['x', 'y'])
      ask(
        world,
        agent,
        Array.from({ length: 400 }, (_, index) => `src/${agent}/${index}.ts`),
      );
    const { blocked_by } = ask(world, 'z', ['src'], { queue: true });
    expect(blocked_by).toHaveLength(50);
    expect([...events(world, 'x'), ...events(world, 'y')]).toEqual(['wanted', 'wanted']);
  });

  it('keeps siblings of one worktree apart too', () => {
    const world = new World();
    world.know('x', { worktree: '/w' });
    world.know('x-2', { worktree: '/w' });
    ask(world, 'x', ['a.ts']);
    expect(ask(world, 'x-2', ['a.ts']).granted).toBe(false);
  });

  it('lets readers share, and keeps writers out', () => {
    const world = new World(['x', 'y', 'z']);
    expect(ask(world, 'x', ['a.ts'], { mode: 'shared' }).claims).toEqual([{ path: 'a.ts', fence: 1, mode: 'shared' }]);
    expect(ask(world, 'y', ['a.ts'], { mode: 'shared' }).granted).toBe(true);
    const refused = ask(world, 'z', ['a.ts']);
    expect(refused.blocked_by?.map(({ holder, mode }) => [holder, mode])).toEqual([
      ['x', 'shared'],
      ['y', 'shared'],
    ]);
  });

  it('compares names as they are, and apart from paths', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', [], { names: ['build'] });
    expect(ask(world, 'y', ['build'], { names: ['Build'] }).granted).toBe(true);
    expect(ask(world, 'y', [], { names: ['build'] }).granted).toBe(false);
  });

  it('lets parts of one file be claimed side by side', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', [{ path: 'a.ts', region: { kind: 'function', name: 'login' } }]);
    expect(ask(world, 'y', [{ path: 'a.ts', region: { kind: 'function', name: 'logout' } }]).granted).toBe(true);
    expect(ask(world, 'y', ['a.ts']).blocked_by).toMatchObject([{ path: 'a.ts#function:login', holder: 'x' }]);
  });

  it('takes another spelling of a part for the same, and gives it back by any', () => {
    const world = new World(['x', 'y']);
    const named = (name: string, kind: 'function' | 'class' = 'function'): Target => target('a.ts', { kind, name });
    const first = ask(world, 'x', [named('Do It()')]);
    const again = ask(world, 'x', [named('do_it'), named('function do-it')], { reason: 'faster' });
    expect(again.claims).toMatchObject([{ fence: first.claims?.[0]?.fence }]);
    expect(ask(world, 'x', [named('do_it', 'class')]).claims).not.toEqual(first.claims);
    expect(give(world, 'x', { paths: ['a.ts#function:def DO IT'] })).toEqual(['a.ts#function:def DO IT']);
    expect([...world.state.claims.values()].map(({ thing }) => thing)).toMatchObject([
      { target: { region: { kind: 'class' } } },
    ]);
    expect(() => give(world, 'y', { paths: ['a.ts#class:Do It'] })).toThrow(/x/);
  });

  it('renews under the same fence, and takes over ttl and reason', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts'], { reason: 'one' });
    const records = world.state.record;
    expect(ask(world, 'x', ['a.ts']).claims).toEqual([{ path: 'a.ts', fence: 1 }]);
    expect(world.state.record).toBe(records);
    expect(ask(world, 'x', ['a.ts'], { ttl_seconds: 60 }).expires_in_seconds).toBe(60);
    expect(claimsOf(world.state, 'x')).toMatchObject([{ fence: 1, ttl: 60, reason: 'one' }]);
    ask(world, 'x', ['a.ts'], { reason: 'two' });
    expect(claimsOf(world.state, 'x')).toMatchObject([{ fence: 1, ttl: 900, reason: 'two' }]);
    expect(ask(world, 'x', ['b.ts']).claims).toEqual([{ path: 'b.ts', fence: 2 }]);
  });

  it('turns shared into exclusive as a new grant, and back', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts'], { mode: 'shared' });
    expect(ask(world, 'x', ['a.ts']).claims).toEqual([{ path: 'a.ts', fence: 2 }]);
    expect(ask(world, 'y', ['a.ts'], { mode: 'shared' }).granted).toBe(false);
    expect(ask(world, 'x', ['a.ts'], { mode: 'shared' }).claims).toEqual([{ path: 'a.ts', fence: 2, mode: 'shared' }]);
    expect(ask(world, 'y', ['a.ts'], { mode: 'shared' }).granted).toBe(true);
    expect(held(world, 'x')).toEqual(['a.ts']);
  });
});

describe('release', () => {
  it('takes back what is named, all or nothing', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts', 'b.ts'], { names: ['build'] });
    expect(() => give(world, 'x', { paths: ['a.ts', 'c.ts'] })).toThrow(/no claim on c\.ts; nobody does/);
    expect(held(world, 'x')).toHaveLength(3);
    expect(give(world, 'x', { paths: ['b.ts'], names: ['build'] })).toEqual(['b.ts', 'build']);
    expect(give(world, 'x', { all: true })).toEqual(['a.ts']);
    expect(give(world, 'x', { all: true })).toEqual([]);
  });

  it('names the holder, and the wider claim', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['src'], { reason: 'moving' });
    expect(() => give(world, 'y', { paths: ['src'] })).toThrow(/x holds it \("moving"\)/);
    expect(() => give(world, 'y', { paths: ['src/a.ts'] })).toThrow(/x holds it/);
    expect(() => give(world, 'x', { paths: ['src/a.ts'] })).toThrow(/inside your claim on src/);
    expect(() => give(world, 'x', {})).toThrow(/needs paths, names, work or all/);
  });

  it('takes parts by the names they are shown with', () => {
    const world = new World(['x']);
    ask(world, 'x', [{ path: 'a.ts', region: { kind: 'range', start_line: 3, end_line: 9 } }]);
    expect(() => give(world, 'x', { paths: ['a.ts'] })).toThrow(/no claim on a\.ts/);
    expect(give(world, 'x', { paths: ['a.ts#L3-L9'] })).toEqual(['a.ts#L3-L9']);
  });

  it('by force is the operator’s, and tells the holder', () => {
    const world = new World(['x', 'y', 'human']);
    ask(world, 'x', ['a.ts']);
    expect(() => give(world, 'y', { paths: ['a.ts'], force: true })).toThrow(/Only the operator/);
    expect(() => give(world, 'human', { paths: ['b.ts'], force: true }, 'operator')).toThrow(/Nobody holds/);
    expect(give(world, 'human', { paths: ['a.ts'], force: true }, 'operator')).toEqual(['a.ts']);
    expect(held(world, 'x')).toEqual([]);
    expect(events(world, 'x')).toEqual(['lost!']);
    const [logged] = [...world.state.messages.values()].slice(-1);
    expect(logged).toMatchObject({ to: ['x'], urgent: true, payload: { holder: 'x', by: 'human' } });
    expect(logged?.payload).toMatchObject({
      text: expect.stringMatching(/a\.ts was released by the operator \(human\)/),
    });
  });

  it('after work is done leaves what has uncommitted changes', () => {
    const world = new World(['x']);
    ask(world, 'x', ['src', 'docs/*.md', 'a.ts'], { names: ['build'] });
    world.know('other-one', { worktree: '/w/x', files: ['src/deep/b.ts'] });
    world.know('x', { files: ['other.ts'] });
    expect(world.run((tx) => releaseFinished(tx, 'x'))).toEqual(['docs/*.md', 'a.ts']);
    expect(held(world, 'x')).toEqual(['src', 'name']);
  });

  it('of everything when an agent leaves says nothing', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['b.ts']);
    ask(world, 'x', ['b.ts'], { queue: true });
    world.run((tx) => endClaimsOf(tx, 'x', 'gone'));
    expect(world.state.claims.size).toBe(1);
    expect(world.state.waits.size).toBe(0);
    expect(events(world, 'x')).toEqual([]);
  });
});

describe('leases', () => {
  it('warn at 80 % once, and end at 100 %', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts'], { ttl_seconds: 100 });
    world.run(tickClaims);
    expect(nextClaimDeadline(world.state, now(world))).toBe(world.mono + 80_000);
    world.advance(79);
    expect(events(world, 'x')).toEqual([]);
    world.advance(20);
    expect(events(world, 'x')).toEqual(['expiring']);
    expect(world.mail('x', 'coordinator.claim')[0]?.payload).toMatchObject({ expires_in_seconds: 20 });
    world.advance(1);
    expect(events(world, 'x')).toEqual(['expiring', 'expired!']);
    expect(held(world, 'x')).toEqual([]);
    expect(nextClaimDeadline(world.state, now(world))).toBeUndefined();
  });

  it('are renewed by any call, and can be warned of again', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts'], { ttl_seconds: 100 });
    world.advance(90);
    renew(world.state, now(world), 'x');
    world.advance(85);
    expect(events(world, 'x')).toEqual(['expiring', 'expiring']);
    expect(held(world, 'x')).toEqual(['a.ts']);
  });

  it('that somebody waits for are renewed by a change inside or a claim only', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['src', 'free.ts'], { ttl_seconds: 100 });
    ask(world, 'y', ['src/a.ts'], { queue: true, reason: 'need it' });
    expect(world.mail('x', 'coordinator.claim')[0]?.payload).toMatchObject({
      event: 'wanted',
      by: 'y',
      reason: 'need it',
      path: 'src',
      text: expect.stringMatching(/^y waits for src \(.*need it.*\)\. Release it/),
    });
    world.advance(50);
    renew(world.state, now(world), 'x', ['docs/b.md', 'src/c.ts']);
    world.advance(60);
    expect(held(world, 'x')).toEqual(['src', 'free.ts']);
    ask(world, 'x', ['src'], { ttl_seconds: 100 });
    renew(world.state, now(world), 'x');
    world.advance(99);
    renew(world.state, now(world), 'x', ['docs/b.md']);
    world.advance(1);
    expect(held(world, 'x')).toEqual(['free.ts']);
    expect(held(world, 'y')).toEqual(['src/a.ts']);
  });

  it('follow file changes for every agent of the worktree', () => {
    const world = new World();
    for (const id of ['x', 'x.helper']) world.know(id, { worktree: '/w' });
    ask(world, 'x.helper', ['a.ts'], { ttl_seconds: 100 });
    world.advance(60);
    renew(world.state, now(world), 'x', ['b.ts']);
    world.advance(60);
    expect(held(world, 'x.helper')).toEqual(['a.ts']);
  });

  it('of a gone holder are reclaimed after the grace, and the first in the queue is granted', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['a.ts'], { queue: true });
    ask(world, 'z', ['a.ts'], { queue: true });
    noteGone(world.state, now(world), 'x');
    world.advance(119);
    expect(held(world, 'x')).toEqual(['a.ts']);
    world.advance(1);
    expect(held(world, 'y')).toEqual(['a.ts']);
    expect(events(world, 'x')).toEqual(['wanted', 'wanted', 'reclaimed']);
    // The new holder hears of the one behind it.
    expect(events(world, 'y')).toEqual(['wanted', 'granted']);
  });

  it('of a gone holder are reclaimed no later for being missed again', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts']);
    for (const seconds of [60, 60]) {
      noteGone(world.state, now(world), 'x');
      world.advance(seconds);
    }
    expect(held(world, 'x')).toEqual([]);
  });

  it('of a holder that comes back in time stay', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts']);
    noteGone(world.state, now(world), 'x');
    world.advance(100);
    noteBack(world.state, 'x');
    world.advance(100);
    expect(held(world, 'x')).toEqual(['a.ts']);
  });

  it('of a gone agent’s waits end with the grace', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['a.ts'], { queue: true });
    noteGone(world.state, now(world), 'y');
    world.advance(121);
    expect(world.state.waits.size).toBe(0);
    expect(events(world, 'y')).toEqual([]);
  });

  it('have the clock called in time, and not before there is something to do', () => {
    const world = new World(['x', 'y']);
    const due = () => nextClaimDeadline(world.state, now(world));
    world.run(tickClaims);
    expect(due()).toBeUndefined();
    ask(world, 'x', ['a.ts'], { ttl_seconds: 100 });
    expect(due()).toBe(world.mono + 80_000);
    ask(world, 'x', ['b.ts'], { ttl_seconds: 50 });
    ask(world, 'x', ['c.ts'], { ttl_seconds: 200 });
    expect(due()).toBe(world.mono + 40_000);
    world.run((tx) => release(tx, 'x', releaseRequest({ paths: ['a.ts', 'b.ts'] }), 'holder'));
    noteGone(world.state, now(world), 'y');
    world.run(tickClaims);
    expect(due()).toBe(world.mono + 120_000);
    world.advance(120);
    expect(due()).toBe(world.mono + 40_000);
  });

  it('begin anew after a restart', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts'], { ttl_seconds: 100 });
    world.advance(99);
    world.restart();
    world.advance(99);
    expect(held(world, 'x')).toEqual(['a.ts']);
    world.advance(1);
    expect(held(world, 'x')).toEqual([]);
  });

  it('leave holders a little time when the machine slept', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['b.ts']);
    world.run(tickClaims);
    noteGone(world.state, now(world), 'y');
    world.run(tickClaims);
    world.pass(8 * 3600);
    world.run(tickClaims);
    expect(world.state.claims.size).toBe(2);
    renew(world.state, now(world), 'x');
    world.advance(60);
    expect(held(world, 'x')).toEqual(['a.ts']);
    expect(held(world, 'y')).toEqual([]);
  });

  it('end as always when the clock was only a little late', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts'], { ttl_seconds: 30 });
    world.advance(24);
    world.pass(6 + 15);
    world.run(tickClaims);
    expect(held(world, 'x')).toEqual([]);
    ask(world, 'x', ['a.ts'], { ttl_seconds: 30 });
    world.advance(24);
    world.pass(6 + 15.001);
    world.run(tickClaims);
    expect(held(world, 'x')).toEqual(['a.ts']);
  });

  it('of an agent without a worktree follow no changes but its own', () => {
    const world = new World();
    for (const id of ['x', 'y']) world.know(id);
    for (const id of ['x', 'y']) ask(world, id, [`${id}.ts`], { ttl_seconds: 100 });
    world.advance(60);
    renew(world.state, now(world), 'x', ['b.ts']);
    world.advance(60);
    expect([held(world, 'x'), held(world, 'y')]).toEqual([['x.ts'], []]);
  });

  it('do not follow the wall clock', () => {
    const world = new World(['x']);
    ask(world, 'x', ['a.ts']);
    world.wall += 10 * 3600 * 1000;
    world.run(tickClaims);
    expect(held(world, 'x')).toEqual(['a.ts']);
  });
});
