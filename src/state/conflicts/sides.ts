import { type Agent, isOnline } from '../roster/roster.ts';
import type { State } from '../state.ts';

/** Who changes files: all agents of one worktree are one side; an agent without a worktree is one by itself. */
export interface Side {
  /** The worktree, or the agent. Never shown. */
  key: string;
  /** Everybody who lives there. */
  members: string[];
  /** The agent under whose name the worktree's files are seen. */
  resident: string | undefined;
  /** Work on the base is nobody's, and no conflict, unless an agent lives there. */
  counts: boolean;
}

/** Every side there is, by its key, and the key of each agent's. */
export interface Sides {
  byKey: Map<string, Side>;
  keyOf: Map<string, string>;
}

export function sidesOf(state: State): Sides {
  const sides: Sides = { byKey: new Map(), keyOf: new Map() };
  const inhabited = inhabitedPlaces(state);
  for (const agent of state.agents.values()) {
    const key = placeOf(agent);
    sides.keyOf.set(agent.id, key);
    let side = sides.byKey.get(key);
    if (!side) {
      side = { key, members: [], resident: undefined, counts: true };
      sides.byKey.set(key, side);
    }
    side.members.push(agent.id);
    if (!isResident(agent)) continue;
    side.resident = agent.id;
    side.counts = agent.branch === undefined || agent.branch !== state.base || inhabited.has(key);
  }
  return sides;
}

/** Uncommitted files of an agent's worktree, as far as they are known. */
export function dirtyFiles(state: State, agent: string): string[] {
  const own = state.agents.get(agent);
  if (!own) return [];
  const place = placeOf(own);
  return [...state.agents.values()].flatMap((other) => (placeOf(other) === place ? other.files : []));
}

/** The name a side goes by where `agents` of it have something to do with a file. */
export function nameOf(side: Side, agents: readonly string[]): string {
  const [first = side.resident ?? side.key] = agents;
  return side.resident !== undefined && agents.includes(side.resident) ? side.resident : first;
}

/** Whom to write to of a side: the agents named, and whoever else of it is connected and reads mail of its own. */
export function mailboxesOf(state: State, side: Side, named: readonly string[]): string[] {
  const others = side.members.filter((id) => {
    const agent = state.agents.get(id);
    return agent?.role === 'agent' && agent.origin !== 'subagent' && isOnline(state, id);
  });
  return [...new Set([...named, ...others])].filter((id) => state.agents.has(id));
}

function placeOf(agent: Agent): string {
  return agent.worktree ?? `agent ${agent.id}`;
}

function isResident({ origin }: Agent): boolean {
  return origin === 'branch' || origin === 'folder';
}

/** Where agents live: a supervisor that merges does not make the base a place of work. */
function inhabitedPlaces(state: State): Set<string> {
  const places = new Set<string>();
  for (const session of state.sessions.values()) {
    const agent = state.agents.get(session.agent);
    if (agent?.role === 'agent') places.add(placeOf(agent));
  }
  return places;
}
