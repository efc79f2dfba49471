import { describe, expect, it } from 'vitest';
import { publishSchema } from '../../src/protocol/publish.ts';
import type { Target } from '../../src/protocol/targets.ts';
import { claim, release } from '../../src/state/claims/claims.ts';
import { coverIntent, declareIntent, endIntent } from '../../src/state/claims/intents.ts';
import { nextClaimDeadline } from '../../src/state/claims/leases.ts';
import { forwardConflicts } from '../../src/state/conflicts/conflicts.ts';
import { claimRequest, releaseRequest, target, World } from './world.ts';

const plan = (world: World, agent: string, files: (string | Target)[], text = `plan of ${agent}`, seconds = 900) =>
  world.run((tx) => {
    const targets = files.map((file) => (typeof file === 'string' ? target(file) : file));
    const paths = targets.map(({ path }) => path);
    const input = publishSchema.parse({ type: 'intent', files: paths, text, valid_for_seconds: seconds });
    if (input.type !== 'intent') throw new Error('The schema returned another type.');
    declareIntent(tx, agent, 1, input, targets);
    return forwardConflicts(tx, agent);
  });
const take = (world: World, agent: string, paths: string[], mode: 'exclusive' | 'shared' = 'exclusive') =>
  world.run((tx) => claim(tx, agent, claimRequest(paths, { mode, reason: `work of ${agent}` }))).answer;
const told = (world: World, agent: string) =>
  world.mail(agent, 'coordinator.conflict').map(({ payload }) => payload.paths);
const open = (world: World) => [...world.state.conflicts.values()];

describe('forward conflicts', () => {
  it('always say what the other does: there, or at all, or nothing', () => {
    const world = new World(['x', 'y']);
    world.run((tx) => claim(tx, 'x', claimRequest(['a'])));
    expect(plan(world, 'y', ['a'])).toEqual([{ with: 'x', shape: 'forward', paths: ['a'], doing: '' }]);
    world.run((tx) => claim(tx, 'x', claimRequest(['b'], { reason: 'splitting the parser' })));
    expect(plan(world, 'y', ['a'])).toMatchObject([{ doing: 'splitting the parser' }]);
    world.run((tx) => claim(tx, 'x', claimRequest(['a'], { reason: 'moving it' })));
    expect(plan(world, 'y', ['a'])).toMatchObject([{ doing: 'moving it' }]);
  });

  it('are told to the caller in its result and to the other by message, for what both name only', () => {
    const world = new World(['x', 'y']);
    expect(plan(world, 'x', ['a', 'b'])).toEqual([]);
    expect(plan(world, 'y', ['b', 'c'])).toEqual([{ with: 'x', shape: 'forward', paths: ['b'], doing: 'plan of x' }]);
    expect(told(world, 'x')).toEqual([['b']]);
    expect(told(world, 'y')).toEqual([]);
    expect(open(world)).toMatchObject([{ shape: 'forward', paths: ['b'], agents: ['x', 'y'] }]);
  });

  it('are told again only if a declaration changes', () => {
    const world = new World(['x', 'y']);
    plan(world, 'x', ['a', 'b']);
    plan(world, 'y', ['b', 'c']);
    const [{ id } = { id: '' }] = open(world);
    plan(world, 'y', ['b', 'c']);
    plan(world, 'y', ['b', 'c'], 'said in other words');
    expect(told(world, 'x')).toHaveLength(1);
    plan(world, 'x', ['b', 'd']);
    expect(told(world, 'y')).toEqual([['b']]);
    expect(told(world, 'x')).toHaveLength(1);
    expect(open(world)).toMatchObject([{ id }]);
  });

  it('end when a side withdraws, replaces or expires, and are new when they come back', () => {
    const world = new World(['x', 'y']);
    const collide = () => {
      plan(world, 'x', ['a'], 'plan of x', 60);
      plan(world, 'y', ['a']);
      expect(open(world)).toHaveLength(1);
    };
    collide();
    plan(world, 'y', ['b']);
    expect(open(world)).toEqual([]);
    collide();
    world.run((tx) => endIntent(tx, 'y', 'done'));
    expect(open(world)).toEqual([]);
    collide();
    world.advance(60);
    expect(open(world)).toEqual([]);
    expect(world.state.intents.has('x')).toBe(false);
    expect(told(world, 'x')).toHaveLength(3);
  });

  it('do not arise with a plan whose time is over, even before the clock ends it', () => {
    const world = new World(['x', 'y']);
    plan(world, 'x', ['a'], 'plan of x', 5);
    world.pass(5);
    expect(plan(world, 'y', ['a'])).toEqual([]);
    expect(told(world, 'x')).toEqual([]);
    plan(world, 'x', ['b'], 'plan of x', 5);
    world.pass(4.999);
    expect(plan(world, 'y', ['b'])).toHaveLength(1);
  });

  it('arise between a claim and a plan, in both orders', () => {
    const world = new World(['x', 'y']);
    plan(world, 'x', ['src/**']);
    expect(take(world, 'y', ['src/a.ts', 'b.ts']).conflicts).toEqual([
      { with: 'x', shape: 'forward', paths: ['src/a.ts'], doing: 'plan of x' },
    ]);
    expect(told(world, 'x')).toEqual([['src/a.ts']]);
    expect(take(world, 'y', ['c.ts']).conflicts).toBeUndefined();
    world.run((tx) => release(tx, 'y', releaseRequest({ all: true }), 'holder'));
    expect(open(world)).toEqual([]);
    const other = new World(['x', 'y']);
    take(other, 'y', ['src/a.ts']);
    expect(plan(other, 'x', ['src'])).toMatchObject([{ with: 'y', paths: ['src/a.ts'], doing: 'work of y' }]);
    expect(told(other, 'y')).toEqual([['src/a.ts']]);
  });

  it('do not arise between two who share', () => {
    const world = new World(['x', 'y']);
    take(world, 'x', ['a'], 'shared');
    expect(take(world, 'y', ['a'], 'shared').conflicts).toBeUndefined();
    expect(open(world)).toEqual([]);
  });

  it('shrink without a word when one of several overlaps is withdrawn', () => {
    const world = new World(['x', 'y']);
    plan(world, 'x', ['a', 'b']);
    take(world, 'y', ['a', 'b']);
    world.run((tx) => release(tx, 'y', releaseRequest({ paths: ['a'] }), 'holder'));
    expect(open(world)).toMatchObject([{ paths: ['b'] }]);
    expect(told(world, 'x')).toHaveLength(1);
  });

  it('name parts, and say when they were compared by caution', () => {
    const world = new World(['x', 'y']);
    const lines = (start_line: number, end_line: number): Target => ({
      path: 'a.rs',
      region: { kind: 'range', start_line, end_line },
    });
    const login: Target = { path: 'a.rs', region: { kind: 'function', name: 'login' } };
    plan(world, 'x', [lines(10, 30)]);
    expect(plan(world, 'y', [lines(25, 45)])).toMatchObject([{ paths: ['a.rs#L25-L30'] }]);
    expect(world.mail('x', 'coordinator.conflict')[0]?.payload.text).toContain('a.rs (range 25-30)');
    expect(plan(world, 'y', [login])).toMatchObject([{ paths: ['a.rs#function:login'], cross_kind: true }]);
    expect(open(world)).toMatchObject([{ cross_kind: true }]);
    expect(plan(world, 'y', [lines(31, 45)])).toEqual([]);
  });

  it('say who does what, and what to do about it, to whoever holds it, to whoever is kept out, and to equals', () => {
    const text = (world: World, agent: string): unknown => world.mail(agent, 'coordinator.conflict').at(-1)?.payload;
    const world = new World(['x', 'y']);
    plan(world, 'x', ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts']);
    plan(world, 'y', ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts']);
    expect(text(world, 'x')).toMatchObject({
      with: 'y',
      doing: 'plan of y',
      text: expect.stringMatching(
        /^y \(.*plan of y.*\) has declared a\.ts, b\.ts, c\.ts, d\.ts, e\.ts, and so have you\./,
      ),
    });
    expect(text(world, 'x')).not.toHaveProperty('more');
    world.run((tx) => endIntent(tx, 'y', 'done'));
    take(world, 'y', ['a.ts']);
    expect(text(world, 'x')).toMatchObject({
      text: expect.stringMatching(/^y \(.*work of y.*\) has claimed a\.ts, which you have announced to change\./),
    });
    plan(world, 'x', ['src', 'a.ts']);
    expect(text(world, 'y')).toMatchObject({
      text: expect.stringMatching(/^x \(.*plan of x.*\) plans to change a\.ts, which you hold\./),
    });
    const shared = new World(['x', 'y']);
    take(shared, 'x', ['a.ts'], 'shared');
    take(shared, 'x', ['other'], 'exclusive');
    plan(shared, 'y', ['a.ts']);
    expect(text(shared, 'x')).toMatchObject({ text: expect.stringContaining('has declared a.ts, and so have you') });
  });

  it('name every path of two who meet, and those who meet several in order', () => {
    const files = Array.from({ length: 25 }, (_, index) => `f${String(index).padStart(2, '0')}`);
    const world = new World(['x', 'y', 'z']);
    plan(world, 'z', ['z.ts', ...files]);
    plan(world, 'x', ['x.ts']);
    const notes = plan(world, 'y', ['x.ts', 'z.ts', ...files]);
    expect(notes.map(({ with: other, paths }) => [other, paths.length])).toEqual([
      ['x', 1],
      ['z', 26],
    ]);
    expect(world.mail('z', 'coordinator.conflict')[0]?.payload).toMatchObject({ paths: [...files, 'z.ts'] });
  });

  it.each([
    ['a.ts', '**/*.ts', 'a.ts'],
    ['(app)/a.ts', '**/*.ts', '(app)/a.ts'],
    ['src/lib', '**/x', '**/x'],
    ['(app)/lib', '**/x', '**/x'],
    ['src', 'src/auth', 'src/auth'],
    ['.', 'a', 'a'],
    ['.', '(', '('],
    ['**', 'src', 'src'],
    ['a*.ts', '*b.ts', '*b.ts'],
  ])('between %s and %s are over %s, from both sides', (one, other, shared) => {
    for (const [mine, yours] of [
      [one, other],
      [other, one],
    ]) {
      const world = new World(['x', 'y']);
      plan(world, 'x', [mine ?? '']);
      expect(plan(world, 'y', [yours ?? ''])).toMatchObject([{ paths: [shared] }]);
      expect(told(world, 'x')).toEqual([[shared]]);
    }
  });

  it('leave out files that never conflict', () => {
    const world = new World(['x', 'y']);
    plan(world, 'x', ['package-lock.json', '.', '**/CHANGELOG.md']);
    expect(plan(world, 'y', ['package-lock.json', '**/CHANGELOG.md', 'web/yarn.lock'])).toEqual([]);
  });

  it('are kept without messages if they are switched off', () => {
    const world = new World(['x', 'y']);
    world.config.conflict.warnOnIntentOverlap = false;
    plan(world, 'x', ['a']);
    expect(plan(world, 'y', ['a'])).toHaveLength(1);
    expect(open(world)).toHaveLength(1);
    expect(told(world, 'x')).toEqual([]);
  });
});

describe('intents', () => {
  it('end by their time', () => {
    const world = new World(['x']);
    plan(world, 'x', ['a'], 'plan', 60);
    world.advance(59);
    expect(nextClaimDeadline(world.state, { wall: world.wall, mono: world.mono })).toBe(world.mono + 1000);
    expect(world.state.intents.size).toBe(1);
    world.advance(1);
    expect(world.state.intents.size).toBe(0);
  });

  it('end when commits have covered each of their files', () => {
    const world = new World(['x']);
    plan(world, 'x', ['a', { path: 'b', region: { kind: 'function', name: 'f' } }]);
    world.run((tx) => coverIntent(tx, 'x', ['a', 'c']));
    expect(world.state.intents.get('x')?.covered).toEqual(['a']);
    world.run((tx) => coverIntent(tx, 'x', ['b']));
    expect(world.state.intents.size).toBe(0);
  });

  it('on folders and patterns are never covered', () => {
    const world = new World(['x', 'y']);
    plan(world, 'x', ['src']);
    plan(world, 'y', ['a', '*.md']);
    for (const agent of ['x', 'y']) world.run((tx) => coverIntent(tx, agent, ['src/a', 'a', 'b.md']));
    expect(world.state.intents.size).toBe(2);
  });

  it('begin uncovered when they are declared again', () => {
    const world = new World(['x']);
    plan(world, 'x', ['a', 'b']);
    world.run((tx) => coverIntent(tx, 'x', ['a']));
    plan(world, 'x', ['a', 'b']);
    world.run((tx) => coverIntent(tx, 'x', ['b']));
    expect(world.state.intents.size).toBe(1);
  });

  it('are untouched by release', () => {
    const world = new World(['x']);
    plan(world, 'x', ['a']);
    take(world, 'x', ['a']);
    world.run((tx) => release(tx, 'x', releaseRequest({ all: true }), 'holder'));
    expect(world.state.intents.size).toBe(1);
  });
});
