import type { State } from '../state.ts';
import { type Asked, oneOfEachHolder } from './blockers.ts';
import { addEdge, type WaitGraph } from './wait-graph.ts';

/**
 * A call that waits for a work item. It has no place in the queue, and stands before nobody; it is known while it waits, so
 * that nobody waits in a circle.
 */
export type ItemWait = Asked;

/** The graph with those edges too that are no matter of the queue. */
export function withItemWaits(state: State, graph: WaitGraph): WaitGraph {
  const { itemWaits } = state.volatile;
  if (itemWaits.size === 0) return graph;
  const whole: WaitGraph = {
    ahead: graph.ahead,
    edges: new Map([...graph.edges].map(([agent, targets]) => [agent, new Map(targets)])),
    waiters: new Map([...graph.waiters].map(([agent, waiters]) => [agent, new Set(waiters)])),
  };
  for (const wait of itemWaits)
    for (const { holder, thing } of oneOfEachHolder(state, wait)) addEdge(whole, wait.agent, holder, thing);
  return whole;
}
