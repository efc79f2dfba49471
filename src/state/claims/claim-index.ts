import type { State } from '../state.ts';
import type { Claim, Claimable, ClaimEvent, Intent, Wait } from './claim-events.ts';
import { ThingIndex } from './thing-index.ts';
import { keyOf, modesAgree } from './things.ts';
import type { WaitGraph } from './wait-graph.ts';

/** What can be looked up in a state's claims, waits and intents without going through all of them. */
export interface ClaimIndex {
  /** Owner = claim id, group = holder. */
  claims: ThingIndex;
  /** Ids of the claims an agent holds, by the key of what they are on. */
  held: Map<string, Map<string, string>>;
  /** Owner = wait id, group = agent. */
  waits: ThingIndex;
  /** Owner = agent. */
  intents: ThingIndex;
  /**
   * By wait id, if it was asked for: who holds something that stands against it, and what. Undefined for a holder
   * of whom some claim has ended since, so that it has to be looked for again.
   */
  blockers: Map<string, Map<string, Claimable | undefined>>;
  /** Who waits for whom, as long as nothing has changed since it was looked at. */
  graph: WaitGraph | undefined;
  /** What was declared or withdrawn since conflicts over files were last looked at. */
  touched: Claimable[];
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
    blockers: new Map(),
    graph: undefined,
    touched: [],
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
      if (before) removeClaim(state, index, before);
      addClaim(index, event.claim);
      noteBlocker(state, index, event.claim);
      return;
    }
    case 'claim-ended':
      for (const id of event.ids) {
        const claim = state.claims.get(id);
        if (claim) removeClaim(state, index, claim);
      }
      return;
    case 'waiting': {
      const before = state.waits.get(event.wait.id);
      if (before) removeWait(index, before);
      addWait(index, event.wait);
      return;
    }
    case 'wait-ended': {
      const wait = state.waits.get(event.id);
      if (wait) removeWait(index, wait);
      return;
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
  }
}

function addClaim(index: ClaimIndex, claim: Claim): void {
  index.claims.add(claim.id, claim.thing, claim.holder);
  const held = index.held.get(claim.holder) ?? new Map<string, string>();
  index.held.set(claim.holder, held.set(keyOf(claim.thing), claim.id));
  index.touched.push(claim.thing);
}

function removeClaim(state: State, index: ClaimIndex, claim: Claim): void {
  index.claims.remove(claim.id, claim.thing);
  const held = index.held.get(claim.holder);
  held?.delete(keyOf(claim.thing));
  if (held?.size === 0) index.held.delete(claim.holder);
  index.touched.push(claim.thing);
  if (state.waits.size === 0) return;
  index.waits.overlapping(claim.thing, (id) => {
    const blockers = index.blockers.get(id);
    if (blockers?.has(claim.holder)) blockers.set(claim.holder, undefined);
    index.graph = undefined;
  });
}

/** Enters a claim with the waits it stands against. */
function noteBlocker(state: State, index: ClaimIndex, claim: Claim): void {
  if (state.waits.size === 0) return;
  index.waits.overlapping(claim.thing, (id) => {
    const wait = state.waits.get(id);
    if (!wait || wait.agent === claim.holder || modesAgree(wait.mode, claim.mode)) return;
    index.blockers.get(id)?.set(claim.holder, claim.thing);
    index.graph = undefined;
  });
}

function addWait(index: ClaimIndex, wait: Wait): void {
  for (const thing of wait.things) index.waits.add(wait.id, thing, wait.agent);
  index.graph = undefined;
}

function removeWait(index: ClaimIndex, wait: Wait): void {
  for (const thing of wait.things) index.waits.remove(wait.id, thing);
  index.blockers.delete(wait.id);
  index.graph = undefined;
}

function addIntent(index: ClaimIndex, intent: Intent): void {
  for (const thing of intentThings(intent)) index.intents.add(intent.agent, thing);
  index.touched.push(...intentThings(intent));
}

function removeIntent(index: ClaimIndex, intent: Intent): void {
  for (const thing of intentThings(intent)) index.intents.remove(intent.agent, thing);
  index.touched.push(...intentThings(intent));
}

/** What an intent is about, in the form claims have. */
export function intentThings(intent: Intent): Claimable[] {
  return intent.targets.map((target) => ({ on: 'path', target }));
}

const indexes = new WeakMap<State['claims'], ClaimIndex>();
