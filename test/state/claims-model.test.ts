import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PawError } from '../../src/errors/paw-error.ts';
import { publishSchema } from '../../src/protocol/publish.ts';
import type { Claim } from '../../src/state/claims/claim-events.ts';
import { claimAnswer, endWait, waitOutcome } from '../../src/state/claims/claim-queue.ts';
import { claim, claimsOf, release } from '../../src/state/claims/claims.ts';
import { coverIntent, declareIntent, endIntent } from '../../src/state/claims/intents.ts';
import { noteBack, noteGone, renew } from '../../src/state/claims/leases.ts';
import { sayThing } from '../../src/state/claims/things.ts';
import { forwardConflicts } from '../../src/state/conflicts/conflicts.ts';
import { reviewFileConflicts } from '../../src/state/conflicts/file-conflicts.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { checkFiles, checkHolders, checkQueue, PATHS, Replica } from './claims-model.ts';
import { claimRequest, releaseRequest, target, World } from './world.ts';

/** Random histories of claims, releases, waits, plans, changed files, time, lost connections and restarts. */

const AGENTS = ['a', 'b', 'c', 'd', 'e'];
const THINGS = ['x', 'x/1', 'x/2', 'x/*', 'y', 'y/1', '**/1', 'z'];
const NAMES = ['build', 'port'];
/** What CI has to go through at least. */
const STEPS_MIN = 10_000;

const agent = fc.constantFrom(...AGENTS);
const some = <T>(of: readonly T[], maxLength: number) => fc.uniqueArray(fc.constantFrom(...of), { maxLength });
const STEPS = {
  claim: fc.record({
    agent,
    paths: some(THINGS, 3),
    names: some(NAMES, 1),
    mode: fc.constantFrom('exclusive' as const, 'exclusive' as const, 'shared' as const),
    wait_seconds: fc.constantFrom(0, 30),
    queue: fc.boolean(),
    ttl_seconds: fc.constantFrom(60, 900),
  }),
  release: fc.record({ agent, which: fc.nat(5) }),
  releaseAll: fc.record({ agent }),
  force: fc.record({ which: fc.nat(5) }),
  endWait: fc.record({ which: fc.nat(5), why: fc.constantFrom('cancelled' as const, 'timed-out' as const) }),
  advance: fc.record({ seconds: fc.constantFrom(1, 40, 70, 130, 800) }),
  gone: fc.record({ agent }),
  back: fc.record({ agent }),
  renew: fc.record({ agent }),
  plan: fc.record({ agent, paths: fc.uniqueArray(fc.constantFrom(...THINGS), { minLength: 1, maxLength: 2 }) }),
  planDone: fc.record({ agent }),
  commit: fc.record({ agent, files: some(PATHS, 2) }),
  change: fc.record({ agent, files: some(PATHS, 3) }),
  restart: fc.record({}),
};
type Steps = { [K in keyof typeof STEPS]: (typeof STEPS)[K] extends fc.Arbitrary<infer T> ? T : never };

interface System {
  world: World;
  replica: Replica;
  /** Calls that wait. */
  calls: { agent: string; waitId: string }[];
}

const PERFORM: { [K in keyof Steps]: (system: System, step: Steps[K]) => void } = {
  claim: ask,
  release({ world }, { agent: who, which }) {
    const held = claimsOf(world.state, who)[which];
    if (held) free(world, held);
  },
  releaseAll({ world }, { agent: who }) {
    world.run((tx) => release(tx, who, releaseRequest({ all: true }), 'holder'));
    expect(claimsOf(world.state, who)).toEqual([]);
  },
  force({ world }, { which }) {
    const held = [...world.state.claims.values()][which];
    if (!held) return;
    const what = held.thing.on === 'path' ? { paths: [sayThing(held.thing)] } : { names: [sayThing(held.thing)] };
    world.run((tx) => release(tx, 'human', releaseRequest({ ...what, force: true }), 'operator'));
    expect(world.state.claims.has(held.id)).toBe(false);
  },
  endWait({ world, calls }, { which, why }) {
    const [call] = calls.splice(which, 1);
    if (call) world.run((tx) => endWait(tx, call.waitId, why));
  },
  advance: ({ world }, { seconds }) => world.advance(seconds),
  gone: ({ world }, { agent: who }) => noteGone(world.state, { wall: world.wall, mono: world.mono }, who),
  back: ({ world }, { agent: who }) => noteBack(world.state, who),
  renew: ({ world }, { agent: who }) => renew(world.state, { wall: world.wall, mono: world.mono }, who),
  plan({ world }, { agent: who, paths }) {
    const input = publishSchema.parse({ type: 'intent', files: paths, text: 'plan', valid_for_seconds: 300 });
    if (input.type !== 'intent') throw new Error('The schema returned another type.');
    const targets = paths.map((path) => target(path));
    world.run((tx) => {
      declareIntent(tx, who, 1, input, targets);
      forwardConflicts(tx, who);
    });
  },
  planDone: ({ world }, { agent: who }) => world.run((tx) => endIntent(tx, who, 'done')),
  commit: ({ world }, { agent: who, files }) =>
    world.run((tx) => {
      tx.emit({ kind: 'agent', id: who, set: { unmerged: files } });
      coverIntent(tx, who, files);
      reviewFileConflicts(tx);
    }),
  change: ({ world }, { agent: who, files }) =>
    world.run((tx) => {
      tx.emit({ kind: 'agent', id: who, set: { files } });
      reviewFileConflicts(tx);
    }),
  restart({ world, calls }) {
    world.restart();
    calls.length = 0;
  },
};

let steps = 0;

/** One step, and what must hold after it. */
class Command<K extends keyof Steps> implements fc.Command<object, System> {
  constructor(
    readonly kind: K,
    readonly step: Steps[K],
  ) {}

  check(): boolean {
    return true;
  }

  run(_model: object, system: System): void {
    steps += 1;
    PERFORM[this.kind](system, this.step);
    answerCalls(system);
    const { world, replica } = system;
    replica.follow(world);
    checkHolders(world);
    checkQueue(world);
    checkFiles(world);
  }

  toString(): string {
    return `${this.kind} ${JSON.stringify(this.step)}`;
  }
}

const command = <K extends keyof Steps>(kind: K): fc.Arbitrary<fc.Command<object, System>> =>
  // The record holds one arbitrary for each kind of step.
  (STEPS[kind] as fc.Arbitrary<Steps[K]>).map((step) => new Command(kind, step));
/** Claims are most of what happens. */
const WEIGHTS: Partial<Record<keyof Steps, number>> = { claim: 6, release: 2, endWait: 2, advance: 2, change: 2 };
const commands = fc.commands(
  (Object.keys(STEPS) as (keyof Steps)[]).flatMap((kind) =>
    Array.from({ length: WEIGHTS[kind] ?? 1 }, () => command(kind)),
  ),
  { maxCommands: 90, size: 'max' },
);

it('keeps its promises over any history', () => {
  steps = 0;
  fc.assert(
    fc.property(commands, (history) => {
      const world = new World([...AGENTS, 'human', 'supervisor']);
      // Two agents of one worktree: they exclude each other, and are one side where files are compared.
      world.know('e', { worktree: '/w/d', origin: 'session' });
      const system: System = { world, replica: new Replica(), calls: [] };
      fc.modelRun(() => ({ model: {}, real: system }), history);
      system.replica.follow(world);
      expect(JSON.stringify(toSnapshot(system.replica.state))).toBe(JSON.stringify(toSnapshot(world.state)));
      drain(system);
    }),
    { numRuns: 280 },
  );
  expect(steps).toBeGreaterThanOrEqual(STEPS_MIN);
});

function ask({ world, calls }: System, { agent: who, paths, names, ...rest }: Steps['claim']): void {
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
function answerCalls({ world, calls }: System): void {
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

/** Whoever waits for nobody gives back what it has: then everybody gets what it waits for. */
function drain({ world, calls }: System): void {
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
