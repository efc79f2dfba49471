import type { Claim, Claimable, ClaimEvent, Intent, Wait } from './claim-events.ts';
import type { State } from './state.ts';
import { ThingIndex } from './thing-index.ts';
import { keyOf } from './things.ts';
import type { WaitGraph } from './wait-graph.ts';

/** What can be looked up in a state's claims, waits and intents without going through all of them. */
export interface ClaimIndex {
  /** Owner = claim id. */
  claims: ThingIndex;
  /** Ids of the claims an agent holds, by the key of what they are on. */
  held: Map<string, Map<string, string>>;
  /** Owner = wait id. */
  waits: ThingIndex;
  /** Owner = agent. */
  intents: ThingIndex;
  /** Who waits for whom, as long as nothing has changed since it was looked at. */
  graph: WaitGraph | undefined;
}

/**
 * The index of a state. It is made at the first use and then kept up by `updateIndex`; it belongs to the
 * state's own map of claims, so a state read from a snapshot begins without one.
 */
export function indexOf(state: State): ClaimIndex {
  const known = indexes.get(state.claims);
  if (known) return known;
  const index: ClaimIndex = {
    claims: new ThingIndex(),
    held: new Map(),
    waits: new ThingIndex(),
    intents: new ThingIndex(),
    graph: undefined,
  };
  for (const claim of state.claims.values()) addClaim(index, claim);
  for (const wait of state.waits.values()) addWait(index, wait);
  for (const intent of state.intents.values()) addIntent(index, intent);
  indexes.set(state.claims, index);
  return index;
}

/** Follows an event that is about to be applied. */
export function updateIndex(state: State, event: ClaimEvent): void {
  const index = indexes.get(state.claims);
  if (!index) return;
  switch (event.kind) {
    case 'claimed': {
      const before = state.claims.get(event.claim.id);
      if (before) removeClaim(index, before);
      addClaim(index, event.claim);
      break;
    }
    case 'claim-ended':
      for (const id of event.ids) {
        const claim = state.claims.get(id);
        if (claim) removeClaim(index, claim);
      }
      break;
    case 'waiting': {
      const before = state.waits.get(event.wait.id);
      if (before) removeWait(index, before);
      addWait(index, event.wait);
      break;
    }
    case 'wait-ended': {
      const wait = state.waits.get(event.id);
      if (wait) removeWait(index, wait);
      break;
    }
    case 'intended': {
      const before = state.intents.get(event.intent.agent);
      if (before) removeIntent(index, before);
      addIntent(index, event.intent);
      return;
    }
    case 'intent-ended': {
      const intent = state.intents.get(event.agent);
      if (intent) removeIntent(index, intent);
      return;
    }
    default:
      return;
  }
  index.graph = undefined;
}

function addClaim(index: ClaimIndex, claim: Claim): void {
  index.claims.add(claim.id, claim.thing);
  const held = index.held.get(claim.holder) ?? new Map<string, string>();
  index.held.set(claim.holder, held.set(keyOf(claim.thing), claim.id));
}

function removeClaim(index: ClaimIndex, claim: Claim): void {
  index.claims.remove(claim.id, claim.thing);
  const held = index.held.get(claim.holder);
  held?.delete(keyOf(claim.thing));
  if (held?.size === 0) index.held.delete(claim.holder);
}

function addWait(index: ClaimIndex, wait: Wait): void {
  for (const thing of wait.things) index.waits.add(wait.id, thing);
}

function removeWait(index: ClaimIndex, wait: Wait): void {
  for (const thing of wait.things) index.waits.remove(wait.id, thing);
}

function addIntent(index: ClaimIndex, intent: Intent): void {
  for (const thing of intentThings(intent)) index.intents.add(intent.agent, thing);
}

function removeIntent(index: ClaimIndex, intent: Intent): void {
  for (const thing of intentThings(intent)) index.intents.remove(intent.agent, thing);
}

/** What an intent is about, in the form claims have. */
export function intentThings(intent: Intent): Claimable[] {
  return intent.targets.map((target) => ({ on: 'path', target }));
}

const indexes = new WeakMap<State['claims'], ClaimIndex>();
