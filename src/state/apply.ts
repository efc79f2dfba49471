import { applyClaimEvent } from './claims/claim-apply.ts';
import { applyLearningEvent } from './learnings/learning-events.ts';
import { applyInboxEvent } from './messages/inbox.ts';
import { applyOpeningEvent } from './messages/openings.ts';
import { applyRetentionEvent } from './messages/retention.ts';
import type { StateEvent, StateRecord } from './records.ts';
import { applyResultEvent } from './results.ts';
import { applyPauseEvent } from './roster/pauses.ts';
import { applyRosterEvent } from './roster/roster.ts';
import type { State } from './state.ts';
import { applyGateEvent } from './supervision/gates.ts';
import { applyNudgeEvent } from './supervision/nudges.ts';
import { applyWorkEvent } from './work/items.ts';

/** Applies one record. Deterministic: the same records in the same order give the same state, anywhere. */
export function apply(state: State, record: StateRecord): void {
  for (const event of record.events) applyEvent(state, event, record.at);
  state.record = record.n;
}

/** Applies one event that was decided at wall time `at`, in milliseconds. */
export function applyEvent(state: State, event: StateEvent, at: number): void {
  switch (event.kind) {
    case 'message':
    case 'delivered':
    case 'read':
    case 'undelivered':
    case 'handed-on':
    case 'missed-told':
      applyInboxEvent(state, event);
      return;
    case 'agent':
    case 'agent-left':
    case 'session':
    case 'session-ended':
    case 'base':
      applyRosterEvent(state, event, at);
      return;
    case 'opened':
    case 'closed':
      applyOpeningEvent(state, event);
      return;
    case 'nudged':
    case 'nudge-settled':
      applyNudgeEvent(state, event);
      return;
    case 'gate-asked':
    case 'gate-closed':
      applyGateEvent(state, event);
      return;
    case 'paused':
    case 'resumed':
      applyPauseEvent(state, event);
      return;
    case 'learned':
    case 'forgotten':
    case 'filed':
    case 'contended':
      applyLearningEvent(state, event);
      return;
    case 'work':
    case 'work-dropped':
      applyWorkEvent(state, event);
      return;
    case 'result':
      applyResultEvent(state, event, at);
      return;
    case 'retired':
      applyRetentionEvent(state, event);
      return;
    default:
      applyClaimEvent(state, event);
  }
}
