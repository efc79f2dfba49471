import type { State } from '../state.ts';
import { blockersOf, waitsAgainst } from './blockers.ts';
import type { Claimable, Wait } from './claim-events.ts';
import { indexOf } from './claim-index.ts';
import { sayThing } from './things.ts';

/**
 * Who waits for whom. An agent waits for the holders of claims its requests meet, and for agents whose
 * requests come before its own.
 *
 * Of two requests that meet, the earlier comes first, unless its agent waits for the agent of the later one,
 * directly or through others: then the later one does. An edge is only ever added from an agent that the
 * other one does not reach, so as long as no claims close a circle, nobody waits in one, and somebody can
 * always go on.
 */
export interface WaitGraph {
  /** Other agents' requests that come before a request, by its id. */
  ahead: Map<string, Wait[]>;
  /** For each agent, whom it waits for and over what. */
  edges: Map<string, Map<string, Claimable>>;
  /** For each agent, who waits for it. */
  waiters: Map<string, Set<string>>;
}

/** One step of "x waits for y". */
export interface WaitStep {
  agent: string;
  for: string;
  over: string;
}

export function waitGraph(state: State): WaitGraph {
  const index = indexOf(state);
  if (index.graph) return index.graph;
  const graph: WaitGraph = { ahead: new Map(), edges: new Map(), waiters: new Map() };
  for (const wait of state.waits.values())
    for (const [holder, thing] of blockersOf(state, wait)) addEdge(graph, wait.agent, holder, thing);
  const earlier = new Set<string>();
  for (const wait of state.waits.values()) {
    placeBehind(state, graph, wait, earlier);
    earlier.add(wait.id);
  }
  index.graph = graph;
  return graph;
}

/** All who wait for `agent`, directly or through others. */
export function waitersFor(graph: WaitGraph, agent: string): Set<string> {
  const found = new Set<string>();
  const todo = [agent];
  for (let next = todo.pop(); next !== undefined; next = todo.pop())
    for (const waiter of graph.waiters.get(next) ?? [])
      if (!found.has(waiter)) {
        found.add(waiter);
        todo.push(waiter);
      }
  return found;
}

/** The shortest way on which `from` waits for `to`; undefined if it does not. */
export function waitPath(graph: WaitGraph, from: string, to: string): WaitStep[] | undefined {
  const ways = new Map<string, WaitStep[]>([[from, []]]);
  for (const [agent, way] of ways) {
    if (agent === to) return way;
    for (const [next, over] of graph.edges.get(agent) ?? [])
      if (!ways.has(next)) ways.set(next, [...way, { agent, for: next, over: sayThing(over) }]);
  }
  return undefined;
}

function placeBehind(state: State, graph: WaitGraph, wait: Wait, earlier: ReadonlySet<string>): void {
  const rivals = waitsAgainst(state, wait);
  if (rivals.size === 0) return;
  const waitForIt = waitersFor(graph, wait.agent);
  for (const rival of rivals) {
    if (!earlier.has(rival.id)) continue;
    if (waitForIt.has(rival.agent)) precede(graph, wait, rival);
    else precede(graph, rival, wait);
  }
}

function precede(graph: WaitGraph, first: Wait, second: Wait): void {
  const ahead = graph.ahead.get(second.id);
  if (ahead) ahead.push(first);
  else graph.ahead.set(second.id, [first]);
  const over = first.things[0];
  if (over) addEdge(graph, second.agent, first.agent, over);
}

export function addEdge(graph: WaitGraph, from: string, to: string, over: Claimable): void {
  const targets = graph.edges.get(from) ?? new Map<string, Claimable>();
  graph.edges.set(from, targets);
  if (!targets.has(to)) targets.set(to, over);
  const waiters = graph.waiters.get(to) ?? new Set<string>();
  graph.waiters.set(to, waiters.add(from));
}
