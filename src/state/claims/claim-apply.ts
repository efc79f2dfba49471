import type { State } from '../state.ts';
import type { ClaimEvent } from './claim-events.ts';
import { updateIndex } from './claim-index.ts';

/**
 * The only code that changes claims, waits, intents and conflicts. It reads no clock and nothing volatile, so
 * a replay of the journal gives the same state.
 */
export function applyClaimEvent(state: State, event: ClaimEvent): void {
  updateIndex(state, event);
  switch (event.kind) {
    case 'claimed':
      state.claims.set(event.claim.id, event.claim);
      state.fence = Math.max(state.fence, event.claim.fence);
      return;
    case 'claim-ended':
      for (const id of event.ids) state.claims.delete(id);
      return;
    case 'waiting':
      // A request that has a place keeps it: a map leaves a known key where it is.
      state.waits.set(event.wait.id, event.wait);
      return;
    case 'wait-ended':
      state.waits.delete(event.id);
      return;
    case 'intended':
      state.intents.set(event.intent.agent, event.intent);
      return;
    case 'intent-covered': {
      const intent = state.intents.get(event.agent);
      if (intent)
        state.intents.set(event.agent, { ...intent, covered: [...new Set([...intent.covered, ...event.files])] });
      return;
    }
    case 'intent-ended':
      state.intents.delete(event.agent);
      return;
    case 'conflict':
      state.conflicts.set(event.conflict.id, event.conflict);
      return;
    case 'conflict-ended':
      state.conflicts.delete(event.id);
      return;
  }
}
