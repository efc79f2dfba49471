import type { ClaimEvent } from './claim-events.ts';
import type { GateEvent } from './gates.ts';
import type { InboxEvent } from './inbox.ts';
import type { LearningEvent } from './learning-events.ts';
import type { NudgeEvent } from './nudges.ts';
import type { OpeningEvent } from './openings.ts';
import type { PauseEvent } from './pauses.ts';
import type { ResultEvent } from './results.ts';
import type { RetentionEvent } from './retention.ts';
import type { RosterEvent } from './roster.ts';

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
