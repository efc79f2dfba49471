import { describe, expect, it } from 'vitest';
import type { ClaimRequest, ReleaseRequest } from '../../src/protocol/requests.ts';
import { claimAnswer, endWait, waitOutcome } from '../../src/state/claims/claim-queue.ts';
import { claimRows } from '../../src/state/claims/claim-view.ts';
import { type ClaimOutcome, claim, endClaimsOf, release } from '../../src/state/claims/claims.ts';
import { claimRequest, releaseRequest, World } from './world.ts';

const WAIT = { wait_seconds: 30 };
const ask = (world: World, agent: string, paths: string[], rest: Partial<ClaimRequest> = {}): ClaimOutcome =>
  world.run((tx) => claim(tx, agent, claimRequest(paths, rest)));
const give = (world: World, agent: string, rest: Partial<ReleaseRequest>) =>
  world.run((tx) => release(tx, agent, releaseRequest(rest), rest.force ? 'operator' : 'holder'));
const newest = (world: World) => [...world.state.messages.values()].at(-1);
const events = (world: World, agent: string) =>
  world.mail(agent, 'coordinator.claim').map(({ payload }) => payload.event);

describe('a message about claims', () => {
  it('lists the first ten and counts the others, and names five', () => {
    const world = new World(['x']);
    const paths = Array.from({ length: 12 }, (_, index) => `f${index}`);
    ask(world, 'x', paths, { ttl_seconds: 100 });
    world.advance(100);
    const [warning, end] = world.mail('x', 'coordinator.claim').map(({ payload }) => payload);
    for (const payload of [warning, end]) {
      expect(payload).toMatchObject({ claims: { length: 10 }, more: 2 });
      expect(payload?.text).toContain('f0, f1, f2, f3, f4 and 7 more');
    }
    ask(world, 'x', paths.slice(0, 10), { ttl_seconds: 100 });
    world.advance(100);
    expect(newest(world)?.payload).toMatchObject({ event: 'expired', claims: { length: 10 } });
    expect(newest(world)?.payload).not.toHaveProperty('more');
    ask(world, 'x', paths.slice(0, 5), { ttl_seconds: 100 });
    world.advance(100);
    expect(newest(world)?.payload).toMatchObject({ text: expect.stringContaining('on f0, f1, f2, f3, f4 was') });
  });

  it('makes no mailbox for somebody who is not in the roster', () => {
    const world = new World(['human']);
    ask(world, 'gone', ['a.ts'], { ttl_seconds: 100 });
    world.advance(100);
    expect(world.state.claims.size).toBe(0);
    ask(world, 'gone', ['a.ts']);
    give(world, 'human', { all: true, force: true });
    expect(world.state.inboxes.has('gone')).toBe(false);
    expect(newest(world)).toMatchObject({ to: [], payload: { event: 'lost', holder: 'gone', by: 'human' } });
  });

  it('is kept for the log only where the operator takes back a claim of its own', () => {
    const world = new World(['human']);
    ask(world, 'human', ['a.ts']);
    give(world, 'human', { paths: ['a.ts'], force: true });
    expect(newest(world)).toMatchObject({ to: [], payload: { event: 'lost', by: 'human' } });
  });
});

describe('a refusal', () => {
  it('says of those who wait what they want it for', () => {
    const world = new World(['x', 'y', 'z', 'w']);
    ask(world, 'x', ['src'], { mode: 'shared' });
    ask(world, 'y', ['src'], { queue: true, reason: 'moving it' });
    ask(world, 'z', ['src/a.ts'], { mode: 'shared', queue: true });
    expect(ask(world, 'w', ['src/a.ts', 'docs']).answer).toEqual({
      granted: false,
      blocked_by: [
        { path: 'src', holder: 'x', expires_in_seconds: 900, mode: 'shared' },
        { path: 'src', holder: 'y', reason: 'moving it', waiting: true },
        { path: 'src/a.ts', holder: 'z', mode: 'shared', waiting: true },
      ],
    });
  });

  it('names the lock that somebody waits for, among all that is asked for', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', [], { names: ['build'] });
    ask(world, 'y', [], { names: ['port', 'build'], queue: true });
    expect(ask(world, 'z', ['a.ts'], { names: ['tests', 'port'] }).answer).toEqual({
      granted: false,
      blocked_by: [{ name: 'port', holder: 'y', waiting: true }],
    });
  });

  it('of a release names the holder, with the reason if there is one, and for force the claim it is in', () => {
    const world = new World(['x', 'y', 'human']);
    ask(world, 'x', ['src']);
    ask(world, 'x', [], { names: ['build'], reason: 'nightly' });
    expect(() => give(world, 'y', { paths: ['src'] })).toThrow(/x holds it(?! \()/);
    expect(() => give(world, 'y', { names: ['build'] })).toThrow(/x holds it \("nightly"\)/);
    expect(() => give(world, 'human', { paths: ['src/a.ts'], force: true })).toThrow(/src.*x/);
    expect(() => give(world, 'human', { names: ['Build'], force: true })).toThrow(/Nobody holds/);
    expect(world.state.claims.size).toBe(2);
  });
});

describe('a call that waited', () => {
  it('and was granted, but lost it again before it ended, leaves no message', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    const { waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    give(world, 'x', { all: true });
    give(world, 'y', { all: true });
    world.run((tx) => endWait(tx, waitId, 'cancelled'));
    expect(events(world, 'y')).toEqual([]);
    expect(waitOutcome(world.state, waitId)).toBe('ended');
  });

  it('and whose place was given up meanwhile ends without a trace', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    const { waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    give(world, 'y', { paths: ['a.ts'] });
    const records = world.state.record;
    world.run((tx) => endWait(tx, waitId, 'timed-out'));
    expect(world.state.record).toBe(records);
    expect(world.run((tx) => claimAnswer(tx, 'y', waitId))).toEqual({ granted: false });
  });

  it('made twice is told of once, after its last call, if none was answered', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    const { waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    ask(world, 'y', ['a.ts'], WAIT);
    give(world, 'x', { all: true });
    world.run((tx) => endWait(tx, waitId, 'cancelled'));
    expect(events(world, 'y')).toEqual([]);
    world.run((tx) => endWait(tx, waitId, 'cancelled'));
    expect(events(world, 'y')).toEqual(['granted']);
  });
});

it('an agent that leaves takes nobody else’s place in the queue with it', () => {
  const world = new World(['x', 'y', 'z']);
  ask(world, 'x', ['a.ts']);
  for (const agent of ['y', 'z']) ask(world, agent, ['a.ts'], { queue: true });
  world.run((tx) => endClaimsOf(tx, 'y', 'gone'));
  expect([...world.state.waits.values()].map(({ agent }) => agent)).toEqual(['z']);
});

it('claims are listed by what they are on, with their full time right after a restart', () => {
  const world = new World(['x']);
  ask(world, 'x', ['b.ts', 'a.ts'], { names: ['aa'], ttl_seconds: 100 });
  world.advance(60);
  const rows = () => claimRows(world.state, { wall: world.wall, mono: world.mono }, false);
  expect(rows().map(({ path, name }) => path ?? name)).toEqual(['a.ts', 'aa', 'b.ts']);
  expect(rows().map(({ expires_in_seconds }) => expires_in_seconds)).toEqual([40, 40, 40]);
  world.restart();
  expect(rows().map(({ expires_in_seconds }) => expires_in_seconds)).toEqual([100, 100, 100]);
});
