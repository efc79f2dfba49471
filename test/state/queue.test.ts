import { describe, expect, it } from 'vitest';
import type { ClaimRequest } from '../../src/protocol/requests.ts';
import { claimAnswer, endWait, waitOutcome } from '../../src/state/claims/claim-queue.ts';
import { claimRows } from '../../src/state/claims/claim-view.ts';
import { type ClaimOutcome, claim, claimsOf, release } from '../../src/state/claims/claims.ts';
import { noteGone } from '../../src/state/claims/leases.ts';
import { claimRequest, releaseRequest, World } from './world.ts';

const ask = (world: World, agent: string, paths: string[], rest: Partial<ClaimRequest> = {}): ClaimOutcome =>
  world.run((tx) => claim(tx, agent, claimRequest(paths, rest)));
const free = (world: World, agent: string, ...paths: string[]) =>
  world.run((tx) => release(tx, agent, releaseRequest(paths.length > 0 ? { paths } : { all: true }), 'holder'));
const held = (world: World, agent: string) =>
  claimsOf(world.state, agent).map(({ thing }) => (thing.on === 'path' ? thing.target.path : thing.on));
const waiting = (world: World) => [...world.state.waits.values()].map((wait) => wait.agent);
const events = (world: World, agent: string) =>
  world.mail(agent, 'coordinator.claim').map(({ payload }) => payload.event);
const answer = (world: World, agent: string, waitId = '') => world.run((tx) => claimAnswer(tx, agent, waitId));

const plan = (agent: string, path: string, ends_at: number) => ({
  agent,
  seq: 1,
  files: [path],
  targets: [{ path }],
  summary: 'plan',
  ends_at,
  covered: [],
});

const QUEUE = { queue: true };
const WAIT = { wait_seconds: 30 };

describe('a call that waits', () => {
  it('is granted by the release, and answers itself', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    const { answer: first, waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    expect(first).toMatchObject({ granted: false, blocked_by: [{ holder: 'x' }], queue_position: 1 });
    expect(waitOutcome(world.state, waitId)).toBe('waiting');
    free(world, 'x');
    expect(waitOutcome(world.state, waitId)).toMatchObject([{ holder: 'y' }]);
    expect(answer(world, 'y', waitId)).toEqual({
      granted: true,
      claims: [{ path: 'a.ts', fence: 2 }],
      expires_in_seconds: 900,
    });
    expect(waitOutcome(world.state, waitId)).toBe('ended');
    expect(events(world, 'y')).toEqual([]);
  });

  it('that is cancelled frees its place at once', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts'], { mode: 'shared' });
    const { waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    ask(world, 'z', ['a.ts'], { mode: 'shared', queue: true });
    expect(held(world, 'z')).toEqual([]);
    world.run((tx) => endWait(tx, waitId, 'cancelled'));
    expect(held(world, 'z')).toEqual(['a.ts']);
    expect(events(world, 'z')).toEqual(['granted']);
  });

  it('that timed out keeps its place for 120 s, and gets what it asked for when it asks again', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts']);
    const { waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    world.run((tx) => endWait(tx, waitId, 'timed-out'));
    expect(answer(world, 'y', waitId)).toMatchObject({ granted: false, queue_position: 1 });
    ask(world, 'z', ['a.ts'], QUEUE);
    free(world, 'x');
    world.advance(119);
    expect(held(world, 'z')).toEqual([]);
    expect(ask(world, 'z', ['a.ts']).answer.blocked_by).toEqual([{ path: 'a.ts', holder: 'y', waiting: true }]);
    expect(ask(world, 'y', ['a.ts']).answer.granted).toBe(true);
    free(world, 'y');
    expect(held(world, 'z')).toEqual(['a.ts']);
  });

  it('that timed out loses its place after that', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts']);
    const { waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    world.run((tx) => endWait(tx, waitId, 'timed-out'));
    ask(world, 'z', ['a.ts'], QUEUE);
    free(world, 'x');
    world.advance(120);
    expect(held(world, 'z')).toEqual(['a.ts']);
  });

  it('resumes its place with the same request, also after a restart', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts', 'b.ts']);
    const { waitId } = ask(world, 'y', ['a.ts', 'b.ts'], WAIT);
    ask(world, 'z', ['a.ts'], QUEUE);
    world.restart();
    expect(ask(world, 'y', ['b.ts', 'a.ts'], WAIT)).toMatchObject({ waitId, answer: { queue_position: 1 } });
    expect(waiting(world)).toEqual(['y', 'z']);
    free(world, 'x');
    expect(held(world, 'y')).toHaveLength(2);
  });

  it('made twice ends with the last of its calls', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    const { waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    ask(world, 'y', ['a.ts'], WAIT);
    world.run((tx) => endWait(tx, waitId, 'cancelled'));
    expect(waiting(world)).toEqual(['y']);
    free(world, 'x');
    expect(answer(world, 'y', waitId).granted).toBe(true);
  });

  it('that ends just after its grant leaves a message', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    const { waitId = '' } = ask(world, 'y', ['a.ts'], WAIT);
    free(world, 'x');
    world.run((tx) => endWait(tx, waitId, 'cancelled'));
    expect(events(world, 'y')).toEqual(['granted']);
  });
});

describe('a place in the queue', () => {
  it('is granted by mail', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['a.ts'], QUEUE);
    free(world, 'x');
    expect(world.mail('y', 'coordinator.claim')[0]?.payload).toMatchObject({
      event: 'granted',
      claims: [{ path: 'a.ts', fence: 2 }],
      expires_in_seconds: 900,
    });
  });

  it('is granted by mail with the plans it meets, if there are any', () => {
    for (const planned of ['a.ts', 'b.ts']) {
      const world = new World(['x', 'y', 'z']);
      world.run((tx) => tx.emit({ kind: 'intended', intent: plan('z', planned, world.wall + 60_000) }));
      ask(world, 'x', ['a.ts']);
      ask(world, 'y', ['a.ts'], QUEUE);
      free(world, 'x');
      const [granted] = world.mail('y', 'coordinator.claim').filter(({ payload }) => payload.event === 'granted');
      const conflicts = [{ with: 'z', shape: 'forward', paths: ['a.ts'], doing: 'plan' }];
      expect(granted?.payload.conflicts).toEqual(planned === 'a.ts' ? conflicts : undefined);
    }
  });

  it('with a call that waits is answered by the call, and by mail once the call is gone', () => {
    for (const gone of [false, true]) {
      const world = new World(['x', 'y']);
      ask(world, 'x', ['a.ts']);
      const { waitId = '' } = ask(world, 'y', ['a.ts'], { ...WAIT, ...QUEUE });
      if (gone) world.run((tx) => endWait(tx, waitId, 'timed-out'));
      world.advance(300);
      free(world, 'x');
      expect(held(world, 'y')).toEqual(['a.ts']);
      expect(events(world, 'y')).toEqual(gone ? ['granted'] : []);
    }
  });

  it('is announced to each holder once', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts', 'b.ts']);
    ask(world, 'z', ['c.ts']);
    ask(world, 'y', ['a.ts', 'b.ts', 'c.ts'], QUEUE);
    ask(world, 'y', ['a.ts', 'b.ts', 'c.ts'], QUEUE);
    expect(events(world, 'x')).toEqual(['wanted']);
    expect(events(world, 'z')).toEqual(['wanted']);
  });

  it('is shown with every claim it waits for, first come first', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['src'], { mode: 'shared' });
    ask(world, 'y', ['lib/a.ts']);
    ask(world, 'z', ['src/deep/a.ts', '**/a.ts'], QUEUE);
    ask(world, 'y', ['src/**'], QUEUE);
    const rows = claimRows(world.state, { wall: world.wall, mono: world.mono }, false);
    expect(rows).toMatchObject([
      { path: 'lib/a.ts', waiting: ['z'] },
      { path: 'src', waiting: ['z', 'y'] },
    ]);
  });

  it('can be left by release', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['a.ts'], QUEUE);
    expect(free(world, 'y', 'a.ts').released).toEqual(['a.ts']);
    expect(waiting(world)).toEqual([]);
  });

  it('is given up when a later call got all of it', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['a.ts'], QUEUE);
    ask(world, 'y', ['a.ts', 'b.ts'], WAIT);
    free(world, 'x');
    expect(waiting(world)).toEqual([]);
    expect(held(world, 'y')).toEqual(['a.ts', 'b.ts']);
  });
});

describe('a place that timed out', () => {
  it.each([
    ['exclusive', 'exclusive', []],
    ['exclusive', 'shared', ['y']],
    ['shared', 'exclusive', []],
    ['shared', 'shared', []],
  ] as const)('for %s is given up when the same is held %s and more, or kept: %j', (asked, got, left) => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    const { waitId = '' } = ask(world, 'y', ['a.ts'], { ...WAIT, mode: asked });
    world.run((tx) => endWait(tx, waitId, 'timed-out'));
    free(world, 'x');
    expect(waiting(world)).toEqual(['y']);
    ask(world, 'y', ['a.ts', 'b.ts'], { mode: got });
    expect(held(world, 'y')).toEqual(['a.ts', 'b.ts']);
    expect(waiting(world)).toEqual(left);
  });

  it('is not that of the same request in another mode', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    const { waitId } = ask(world, 'y', ['a.ts'], QUEUE);
    const { waitId: other } = ask(world, 'y', ['a.ts'], { ...QUEUE, mode: 'shared' });
    expect(other).not.toBe(waitId);
    expect(ask(world, 'y', ['a.ts'], QUEUE).waitId).toBe(waitId);
    expect([...world.state.waits.values()].map(({ mode }) => mode)).toEqual(['exclusive', 'shared']);
  });
});

describe('the order', () => {
  it('does not let small requests starve a set', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['a.ts', 'b.ts'], QUEUE);
    expect(ask(world, 'z', ['b.ts']).answer).toMatchObject({
      granted: false,
      blocked_by: [{ path: 'b.ts', holder: 'y', waiting: true }],
    });
    ask(world, 'z', ['b.ts'], QUEUE);
    free(world, 'x');
    expect(held(world, 'y')).toEqual(['a.ts', 'b.ts']);
    free(world, 'y');
    expect(held(world, 'z')).toEqual(['b.ts']);
  });

  it('lets those pass for whom an earlier one waits, directly or through others', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['a.ts', 'b.ts'], QUEUE);
    expect(ask(world, 'x', ['b.ts']).answer.granted).toBe(true);
    const through = new World(['x', 'y', 'z']);
    ask(through, 'x', ['a.ts']);
    ask(through, 'y', ['c.ts']);
    ask(through, 'y', ['a.ts'], QUEUE);
    ask(through, 'z', ['c.ts', 'b.ts'], QUEUE);
    expect(ask(through, 'x', ['b.ts']).answer.granted).toBe(true);
  });

  it('lets readers in together', () => {
    const world = new World(['x', 'y', 'z']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['a.ts'], { mode: 'shared', queue: true });
    ask(world, 'z', ['a.ts'], { mode: 'shared', queue: true });
    free(world, 'x');
    expect([...held(world, 'y'), ...held(world, 'z')]).toEqual(['a.ts', 'a.ts']);
  });

  it('puts a request behind that of somebody its agent waits for anyway', () => {
    const world = new World(['h', 'x', 'z']);
    ask(world, 'h', ['a.ts']);
    ask(world, 'z', ['b.ts']);
    ask(world, 'x', ['a.ts'], QUEUE);
    ask(world, 'x', ['b.ts'], QUEUE);
    ask(world, 'z', ['a.ts'], QUEUE);
    free(world, 'h');
    // x first would leave x waiting for z and z for x.
    expect(held(world, 'z')).toEqual(['b.ts', 'a.ts']);
    free(world, 'z');
    expect(held(world, 'x').sort()).toEqual(['a.ts', 'b.ts']);
  });

  it('upgrades in turn, past those who wait for the upgrader', () => {
    const world = new World(['x', 'y', 'z']);
    for (const agent of ['x', 'y']) ask(world, agent, ['a.ts'], { mode: 'shared' });
    ask(world, 'z', ['a.ts'], QUEUE);
    ask(world, 'x', ['a.ts'], QUEUE);
    expect(held(world, 'x')).toEqual(['a.ts']);
    free(world, 'y');
    expect(claimsOf(world.state, 'x')).toMatchObject([{ mode: 'exclusive' }]);
    free(world, 'x');
    expect(held(world, 'z')).toEqual(['a.ts']);
  });
});

describe('a circle', () => {
  it('of two is refused and spelled out', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts']);
    ask(world, 'y', ['b.ts']);
    ask(world, 'x', ['b.ts'], QUEUE);
    const records = world.state.record;
    expect(() => ask(world, 'y', ['a.ts'], WAIT)).toThrow(/y waits for x \(a\.ts\), x waits for y \(b\.ts\)/);
    expect(world.state.record).toBe(records);
    expect(ask(world, 'y', ['a.ts']).answer.granted).toBe(false);
  });

  it('of two upgraders is refused', () => {
    const world = new World(['x', 'y']);
    for (const agent of ['x', 'y']) ask(world, agent, ['a.ts'], { mode: 'shared' });
    ask(world, 'x', ['a.ts'], QUEUE);
    expect(() => ask(world, 'y', ['a.ts'], QUEUE)).toThrow(/y waits for x/);
  });

  it('is closed by whatever is left of what a holder had, and by nothing it has given back', () => {
    const world = new World(['x', 'y']);
    ask(world, 'x', ['a.ts', 'b.ts']);
    ask(world, 'y', ['c.ts']);
    ask(world, 'y', ['a.ts', 'b.ts', 'd.ts'], QUEUE);
    expect(() => ask(world, 'x', ['c.ts'], QUEUE)).toThrow(/y waits for x \(a\.ts\)/);
    free(world, 'x', 'a.ts');
    expect(() => ask(world, 'x', ['c.ts'], QUEUE)).toThrow(/y waits for x \(b\.ts\)/);
    ask(world, 'x', ['d.ts']);
    free(world, 'x', 'b.ts');
    expect(() => ask(world, 'x', ['c.ts'], QUEUE)).toThrow(/y waits for x \(d\.ts\)/);
    free(world, 'x', 'd.ts');
    expect(held(world, 'y').sort()).toEqual(['a.ts', 'b.ts', 'c.ts', 'd.ts']);
    expect(ask(world, 'x', ['c.ts'], QUEUE).answer).toMatchObject({ granted: false, queue_position: 1 });
  });

  it('over an earlier request is refused', () => {
    const world = new World(['p', 'q', 'r']);
    ask(world, 'p', ['1']);
    ask(world, 'r', ['3']);
    ask(world, 'q', ['1', '2'], QUEUE);
    ask(world, 'r', ['2'], QUEUE);
    expect(() => ask(world, 'p', ['3'], QUEUE)).toThrow(
      /p waits for r \(3\), r waits for q \(.*\), q waits for p \(1\)/,
    );
  });
});

it('ends what a gone agent waits for, and others go on', () => {
  const world = new World(['x', 'y', 'z']);
  ask(world, 'x', ['a.ts'], { mode: 'shared' });
  ask(world, 'y', ['a.ts'], QUEUE);
  ask(world, 'z', ['a.ts'], { mode: 'shared', queue: true });
  noteGone(world.state, { wall: world.wall, mono: world.mono }, 'y');
  world.advance(120);
  expect(held(world, 'z')).toEqual(['a.ts']);
});
