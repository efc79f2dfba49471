import { expect } from 'vitest';
import { apply, applyEvent } from '../../src/state/apply.ts';
import type { Claim, Claimable, Wait } from '../../src/state/claims/claim-events.ts';
import { sayThing } from '../../src/state/claims/things.ts';
import { covers } from '../../src/state/patterns/patterns.ts';
import type { StateRecord } from '../../src/state/records.ts';
import { createState, type State } from '../../src/state/state.ts';
import type { World } from './world.ts';

/**
 * What must hold of claims, waits and conflicts at any time. What two things share is decided here by listing
 * paths, and everything by comparing all with all, so that it rests on none of the indexes under test.
 */

/** Every path there is; the things of the histories are about these. */
export const PATHS = ['x', 'y', 'z', '1', 'x/1', 'x/2', 'x/3', 'y/1', 'y/2', 'z/1', 'x/1/1', 'x/2/1', 'x/3/1'];

export function checkHolders(world: World): void {
  const claims = [...world.state.claims.values()];
  for (const one of claims)
    for (const other of claims)
      if (one.holder < other.holder) expect(collide(one, other), describe(one, other)).toBe(false);
  expect(new Set(claims.map((one) => one.fence)).size).toBe(claims.length);
}

/** Nobody waits for nothing, and no circle of agents waits for each other's claims. */
export function checkQueue(world: World): void {
  const { claims, waits, volatile } = world.state;
  const edges = new Map<string, Set<string>>();
  for (const wait of waits.values())
    for (const held of claims.values())
      if (blocks(held, wait)) edges.set(wait.agent, (edges.get(wait.agent) ?? new Set()).add(held.holder));
  for (const start of edges.keys()) {
    const reached = reach(edges, start);
    expect(reached.has(start), `${start} waits for itself`).toBe(false);
  }
  for (const wait of waits.values()) {
    const attended = wait.queued || (volatile.leases.waits.get(wait.id)?.calls ?? 0) > 0;
    const free = ![...claims.values()].some((held) => blocks(held, wait));
    if (!attended || !free) continue;
    const rivals = [...waits.values()].filter((other) => other.agent !== wait.agent && collideThings(other, wait));
    expect(rivals, `${wait.agent} could go on`).not.toEqual([]);
  }
}

/** A replica that is fed from the journal only. It looks at every grant at the moment at which it is made. */
export class Replica {
  readonly state: State = createState();
  #read = 0;

  /** Replays what was journaled since the last call. */
  follow(world: World): void {
    for (; this.#read < world.journal.length; this.#read += 1) {
      const record = JSON.parse(world.journal[this.#read] ?? '') as StateRecord;
      let granting: Granting | undefined;
      for (const event of record.events) {
        // A set is granted by several events; who was passed over is a matter of how it was before the first.
        if (event.kind === 'wait-ended' && event.why === 'granted') granting = this.#granting(event.id);
        else if (event.kind === 'claimed' && !this.state.claims.has(event.claim.id)) {
          if (granting?.holder !== event.claim.holder) granting = { ...this.#granting(), holder: event.claim.holder };
          checkTurn(granting, event.claim);
        }
        applyEvent(this.state, event, record.at);
      }
      apply(this.state, { ...record, events: [] });
    }
  }

  /** How it is just before the request with this id is granted, or one that has not waited. */
  #granting(id?: string): Granting {
    const waits = [...this.state.waits.values()];
    const own = waits.findIndex((wait) => wait.id === id);
    const earlier = own === -1 ? waits : waits.slice(0, own);
    return { holder: waits[own]?.agent, earlier, edges: edgesOf(this.state) };
  }
}

interface Granting {
  holder: string | undefined;
  /** Requests made before the one that is granted. */
  earlier: Wait[];
  edges: Map<string, Set<string>>;
}

/**
 * Whoever is granted something passes nobody who asked earlier for what collides with it, unless that one waits
 * for the holder anyway.
 */
function checkTurn({ earlier, edges }: Granting, claim: Claim): void {
  for (const wait of earlier)
    if (blocks(claim, wait))
      expect(reach(edges, wait.agent).has(claim.holder), `${claim.holder} passes ${wait.agent}`).toBe(true);
}

/** Who may wait for whom: for the holders of what it asks for, and for everybody else who asks for the same. */
function edgesOf(state: State): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  const add = (from: string, to: string): void => {
    edges.set(from, (edges.get(from) ?? new Set()).add(to));
  };
  for (const [at, wait] of [...state.waits.values()].entries()) {
    for (const held of state.claims.values()) if (blocks(held, wait)) add(wait.agent, held.holder);
    for (const before of [...state.waits.values()].slice(0, at))
      if (before.agent !== wait.agent && collideThings(before, wait)) add(wait.agent, before.agent);
  }
  return edges;
}

/** One record for each file that several sides have changed, and for each that is changed in what others declared. */
export function checkFiles({ state, wall }: World): void {
  const agents = [...state.agents.values()];
  const sideOf = (id: string): string => state.agents.get(id)?.worktree ?? id;
  const expected: string[] = [];
  for (const path of PATHS) {
    const dirty = new Set(agents.filter(({ files }) => files.includes(path)).map(({ id }) => sideOf(id)));
    const unmerged = agents.filter((agent) => agent.unmerged?.includes(path)).map(({ id }) => sideOf(id));
    const changed = new Set([...dirty, ...unmerged]);
    if (changed.size > 1) expected.push(`in-flight ${path}: ${[...changed].sort()}`);
    const claims = [...state.claims.values()].filter(({ thing }) => thing.on === 'path' && covers(thing.target, path));
    const plans = [...state.intents.values()].filter(
      ({ ends_at, targets }) => ends_at > wall && targets.some((target) => covers(target, path)),
    );
    const declared = new Set([...claims.map(({ holder }) => holder), ...plans.map(({ agent }) => agent)].map(sideOf));
    const exclusive = claims.filter(({ mode }) => mode === 'exclusive').map(({ holder }) => holder);
    const owners = new Set([...exclusive, ...plans.map(({ agent }) => agent)].map(sideOf));
    const violators = [...dirty].filter((side) => !declared.has(side));
    if (violators.length > 0 && owners.size > 0)
      expected.push(`ownership ${path}: ${[...new Set([...violators, ...owners])].sort()}`);
  }
  const recorded = [...state.conflicts.values()]
    .filter(({ shape }) => shape !== 'forward')
    .map(({ shape, paths, agents: named }) => `${shape} ${paths}: ${[...new Set(named.map(sideOf))].sort()}`);
  expect(recorded.sort()).toEqual(expected.sort());
}

type Asked = Pick<Wait, 'things' | 'mode'>;

function reach(edges: ReadonlyMap<string, ReadonlySet<string>>, start: string): Set<string> {
  const reached = new Set(edges.get(start));
  for (const next of reached) for (const further of edges.get(next) ?? []) reached.add(further);
  return reached;
}

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
