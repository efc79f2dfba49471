import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PawError } from '../../src/errors/paw-error.ts';
import type { Claim, Claimable, Wait } from '../../src/state/claim-events.ts';
import { claimAnswer, endWait, waitOutcome } from '../../src/state/claim-queue.ts';
import { claim, claimsOf, release } from '../../src/state/claims.ts';
import { noteBack, noteGone, renew } from '../../src/state/leases.ts';
import { covers } from '../../src/state/patterns.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { sayThing } from '../../src/state/things.ts';
import { claimRequest, releaseRequest, World } from './world.ts';

/**
 * Random histories of claims, releases, waits, time, lost connections and restarts. What two things share is
 * decided here by listing paths, not by the code under test.
 */

const AGENTS = ['a', 'b', 'c', 'd', 'e'];
const THINGS = ['x', 'x/1', 'x/2', 'x/*', 'y', 'y/1', '**/1', 'z'];
const NAMES = ['build', 'port'];
const PATHS = [
  'x',
  'y',
  'z',
  '1',
  'x/1',
  'x/2',
  'x/3',
  'y/1',
  'y/2',
  'z/1',
  'x/1/1',
  'x/2/1',
  'x/3/1',
  'y/1/1',
  'y/2/1',
];

const agent = fc.constantFrom(...AGENTS);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('claim' as const),
      agent,
      paths: fc.uniqueArray(fc.constantFrom(...THINGS), { maxLength: 3 }),
      names: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 1 }),
      mode: fc.constantFrom('exclusive' as const, 'exclusive' as const, 'shared' as const),
      wait_seconds: fc.constantFrom(0, 30),
      queue: fc.boolean(),
      ttl_seconds: fc.constantFrom(60, 900),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('release' as const), agent, which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('release-all' as const), agent }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('end-wait' as const),
      which: fc.nat(5),
      why: fc.constantFrom('cancelled' as const, 'timed-out' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant('advance' as const), seconds: fc.constantFrom(1, 40, 70, 130, 800) }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('gone' as const), agent }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('back' as const), agent }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('renew' as const), agent }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

it('keeps its promises over any history', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 80 }), (steps) => {
      const world = new World(AGENTS);
      const calls: { agent: string; waitId: string }[] = [];
      for (const one of steps) {
        perform(world, calls, one);
        answerCalls(world, calls);
        checkHolders(world);
        checkQueue(world);
      }
      expect(JSON.stringify(toSnapshot(world.replayed()))).toBe(JSON.stringify(toSnapshot(world.state)));
      drain(world, calls);
    }),
    { numRuns: 150 },
  );
});

function perform(world: World, calls: { agent: string; waitId: string }[], one: Step): void {
  const now = { wall: world.wall, mono: world.mono };
  switch (one.act) {
    case 'claim':
      ask(world, calls, one);
      return;
    case 'release': {
      const held = claimsOf(world.state, one.agent)[one.which];
      if (held) free(world, held);
      return;
    }
    case 'release-all':
      world.run((tx) => release(tx, one.agent, releaseRequest({ all: true }), 'holder'));
      expect(claimsOf(world.state, one.agent)).toEqual([]);
      return;
    case 'end-wait': {
      const [call] = calls.splice(one.which, 1);
      if (call) world.run((tx) => endWait(tx, call.waitId, one.why));
      return;
    }
    case 'advance':
      world.advance(one.seconds);
      return;
    case 'gone':
      noteGone(world.state, now, one.agent);
      return;
    case 'back':
      noteBack(world.state, one.agent);
      return;
    case 'renew':
      renew(world.state, now, one.agent);
      return;
    case 'restart':
      world.restart();
      calls.length = 0;
      return;
  }
}

function ask(world: World, calls: { agent: string; waitId: string }[], one: Extract<Step, { act: 'claim' }>): void {
  const { act: _, agent: who, paths, names, ...rest } = one;
  const before = JSON.stringify(toSnapshot(world.state));
  const heldBefore = claimsOf(world.state, who).length;
  try {
    const { answer, waitId } = world.run((tx) => claim(tx, who, claimRequest(paths, { names, ...rest })));
    if (answer.granted) {
      expect(answer.claims?.map((note) => note.path ?? note.name)).toEqual([...paths, ...names]);
      expect(waitId).toBeUndefined();
    } else {
      expect(claimsOf(world.state, who)).toHaveLength(heldBefore);
      expect(answer.blocked_by).not.toEqual([]);
      expect(waitId === undefined).toBe(rest.wait_seconds === 0 && !rest.queue);
      if (waitId !== undefined && rest.wait_seconds > 0) calls.push({ agent: who, waitId });
    }
  } catch (error) {
    if (!(error instanceof PawError)) throw error;
    // A refusal changes nothing.
    expect(JSON.stringify(toSnapshot(world.state))).toBe(before);
    if (paths.length + names.length > 0) expect(error.message).toMatch(/waits for/);
  }
}

/** As the coordinator does: a call is answered as soon as its wait is over. */
function answerCalls(world: World, calls: { agent: string; waitId: string }[]): void {
  for (const call of [...calls]) {
    const outcome = waitOutcome(world.state, call.waitId);
    if (outcome === 'waiting') continue;
    calls.splice(calls.indexOf(call), 1);
    const answer = world.run((tx) => claimAnswer(tx, call.agent, call.waitId));
    expect(answer.granted).toBe(outcome !== 'ended');
  }
}

function free(world: World, held: Claim): void {
  const word = sayThing(held.thing);
  const what = held.thing.on === 'path' ? { paths: [word] } : { names: [word] };
  expect(world.run((tx) => release(tx, held.holder, releaseRequest(what), 'holder')).released).toEqual([word]);
  expect(world.state.claims.has(held.id)).toBe(false);
}

function checkHolders(world: World): void {
  const claims = [...world.state.claims.values()];
  for (const one of claims)
    for (const other of claims)
      if (one.holder < other.holder) expect(collide(one, other), describe(one, other)).toBe(false);
  expect(new Set(claims.map((one) => one.fence)).size).toBe(claims.length);
}

/** Nobody waits for nothing, and no circle of agents waits for each other's claims. */
function checkQueue(world: World): void {
  const { claims, waits, volatile } = world.state;
  const edges = new Map<string, Set<string>>();
  for (const wait of waits.values())
    for (const held of claims.values())
      if (blocks(held, wait)) edges.set(wait.agent, (edges.get(wait.agent) ?? new Set()).add(held.holder));
  for (const start of edges.keys()) {
    const reached = new Set(edges.get(start));
    for (const next of reached) for (const further of edges.get(next) ?? []) reached.add(further);
    expect(reached.has(start), `${start} waits for itself`).toBe(false);
  }
  for (const wait of waits.values()) {
    const attended = wait.queued || (volatile.leases.waits.get(wait.id)?.calls ?? 0) > 0;
    const free = ![...claims.values()].some((held) => blocks(held, wait));
    if (attended && free) {
      const rivals = [...waits.values()].filter((other) => other.agent !== wait.agent && collideThings(other, wait));
      expect(rivals, `${wait.agent} could go on`).not.toEqual([]);
    }
  }
}

/** Whoever waits for nobody gives back what it has: then everybody gets what it waits for. */
function drain(world: World, calls: { agent: string; waitId: string }[]): void {
  for (const { waitId } of calls) world.run((tx) => endWait(tx, waitId, 'cancelled'));
  for (const who of AGENTS) noteBack(world.state, who);
  // Places nobody waits for any more.
  world.advance(0);
  for (const wait of [...world.state.waits.values()]) if (!wait.queued) world.advance(125);
  for (let round = 0; world.state.waits.size + world.state.claims.size > 0; round += 1) {
    expect(round, 'somebody waits for ever').toBeLessThan(500);
    const waiting = new Set([...world.state.waits.values()].map((wait) => wait.agent));
    const idle = [...world.state.claims.values()].filter((held) => !waiting.has(held.holder));
    expect(idle, 'everybody with claims waits').not.toEqual([]);
    for (const held of idle) if (world.state.claims.has(held.id)) free(world, held);
  }
}

type Asked = Pick<Wait, 'things' | 'mode'>;

function blocks(held: Claim, wait: Wait): boolean {
  return held.holder !== wait.agent && collideThings({ things: [held.thing], mode: held.mode }, wait);
}

function collide(one: Claim, other: Claim): boolean {
  return collideThings({ things: [one.thing], mode: one.mode }, { things: [other.thing], mode: other.mode });
}

function collideThings(one: Asked, other: Asked): boolean {
  if (one.mode === 'shared' && other.mode === 'shared') return false;
  return one.things.some((a) => other.things.some((b) => share(a, b)));
}

function share(a: Claimable, b: Claimable): boolean {
  if (a.on === 'name' && b.on === 'name') return a.name === b.name;
  if (a.on !== 'path' || b.on !== 'path') return false;
  return PATHS.some((path) => covers(a.target, path) && covers(b.target, path));
}

function describe(one: Claim, other: Claim): string {
  return `${one.holder}: ${sayThing(one.thing)} ${one.mode}, ${other.holder}: ${sayThing(other.thing)} ${other.mode}`;
}
