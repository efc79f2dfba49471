import { wouldCloseCycle } from '../../errors/claims.ts';
import type { State } from '../state.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { oneOfEachHolder, waitsAgainst } from './blockers.ts';
import type { Claim, Wait } from './claim-events.ts';
import { tellWanted } from './claim-messages.ts';
import type { Wish } from './grants.ts';
import { withItemWaits } from './item-waits.ts';
import { keyOf, sayThing } from './things.ts';
import { waitersFor, waitGraph, waitPath } from './wait-graph.ts';

export interface Joining {
  wish: Wish;
  /** The place the same request has already. */
  place: Wait | undefined;
  /** It stays in the queue when no call waits for it. */
  queue: boolean;
  /** A call waits for it now. */
  attended: boolean;
}

/**
 * Puts a request into the queue, or renews the place it has, and tells the holders in its way.
 * @throws PawError if one of them waits for `agent`, directly or through others.
 */
export function joinQueue(tx: Transaction, agent: string, joining: Joining): Wait {
  const { wish, place } = joining;
  const against = oneOfEachHolder(tx.state, { agent, ...wish });
  refuseCycle(tx.state, agent, against);
  const wait: Wait = {
    id: place?.id ?? freshId(tx.state),
    agent,
    things: [...wish.things],
    mode: wish.mode,
    ...(wish.reason === undefined ? {} : { reason: wish.reason }),
    ttl: wish.ttl,
    queued: joining.queue || (place?.queued ?? false),
    since: place?.since ?? iso(tx.now.wall),
  };
  tx.emit({ kind: 'waiting', wait });
  attend(tx.state, wait, joining.attended);
  if (place) return wait;
  for (const { holder, thing } of against) tellWanted(tx, holder, wait, thing);
  return wait;
}

/**
 * Refuses to let `agent` wait for the holders of these claims if that would close a circle.
 * @throws PawError if one of them waits for `agent`, directly or through others.
 */
export function refuseCycle(state: State, agent: string, against: readonly Claim[]): void {
  if (state.waits.size === 0 && state.volatile.itemWaits.size === 0) return;
  const graph = withItemWaits(state, waitGraph(state));
  const waitForIt = waitersFor(graph, agent);
  for (const { holder, thing } of against) {
    const way = waitForIt.has(holder) ? waitPath(graph, holder, agent) : undefined;
    if (way) throw wouldCloseCycle([{ agent, for: holder, over: sayThing(thing) }, ...way]);
  }
}

/** The place the same request already has in the queue. */
export function placeOf(state: State, agent: string, wish: Wish): Wait | undefined {
  if (state.waits.size === 0) return undefined;
  const asked = keysOf(wish);
  for (const wait of state.waits.values())
    if (wait.agent === agent && wait.mode === wish.mode && keysOf(wait) === asked) return wait;
  return undefined;
}

/** Requests that come before a new one: all that meet it, but those of agents that wait for its own. */
export function rivalsOf(state: State, agent: string, wish: Wish): Wait[] {
  const rivals = waitsAgainst(state, { agent, ...wish });
  if (rivals.size === 0) return [];
  const waitForIt = waitersFor(waitGraph(state), agent);
  return [...state.waits.values()].filter((wait) => rivals.has(wait) && !waitForIt.has(wait.agent));
}

function attend(state: State, wait: Wait, attended: boolean): void {
  const { waits } = state.volatile.leases;
  const calls = (waits.get(wait.id)?.calls ?? 0) + (attended ? 1 : 0);
  if (calls > 0) waits.set(wait.id, { calls, ends: Number.POSITIVE_INFINITY });
  else waits.delete(wait.id);
}

function keysOf(request: Pick<Wait, 'things'> | Wish): string {
  return request.things.map(keyOf).sort().join('\n');
}

/** One call queues at most one request, and each is in a record of its own; the loop is for those that share one. */
function freshId(state: State): string {
  let id = `w${state.record + 1}`;
  while (state.waits.has(id)) id += '+';
  return id;
}
