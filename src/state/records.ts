import type { ClaimEvent } from './claims/claim-events.ts';
import type { LearningEvent } from './learnings/learning-events.ts';
import type { InboxEvent } from './messages/inbox.ts';
import type { OpeningEvent } from './messages/openings.ts';
import type { RetentionEvent } from './messages/retention.ts';
import type { ResultEvent } from './results.ts';
import type { PauseEvent } from './roster/pauses.ts';
import type { RosterEvent } from './roster/roster.ts';
import type { GateEvent } from './supervision/gates.ts';
import type { NudgeEvent } from './supervision/nudges.ts';
import type { WorkEvent } from './work/items.ts';

/** Everything that can happen to the state; each part of the state owns its own kinds. */
export type StateEvent =
  | RosterEvent
  | InboxEvent
  | OpeningEvent
  | ClaimEvent
  | NudgeEvent
  | GateEvent
  | PauseEvent
  | LearningEvent
  | WorkEvent
  | ResultEvent
  | RetentionEvent;

/**
 * What one decision did: the unit of the journal. A crash keeps a record whole or loses it whole.
 */
export interface StateRecord {
  /** Its number: from 1, without gaps. */
  n: number;
  /** When it was decided, in milliseconds of wall time. */
  at: number;
  /** Which coordinator decided it; more than one value only once several machines share a state. */
  origin: string;
  events: StateEvent[];
}
