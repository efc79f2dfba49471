import type { FileEntry, Target } from '../../protocol/targets.ts';

/** What a claim is on: a path, a name that is no file, or a work item. */
export type Claimable = { on: 'path'; target: Target } | { on: 'name'; name: string } | { on: 'work'; item: string };

export type ClaimMode = 'exclusive' | 'shared';

/** A lease on one thing. */
export interface Claim {
  id: string;
  holder: string;
  thing: Claimable;
  mode: ClaimMode;
  reason?: string;
  /** When its reason was changed, if that was after the grant. */
  reason_at?: string;
  /** Seconds it lives after the last renewal. */
  ttl: number;
  granted_at: string;
  /** The work item it was claimed with; it ends with the claim on that. */
  item?: string;
  /** Grows with every grant; kept over renewals. */
  fence: number;
  /** `provisional` is kept for coordinators on several machines; one coordinator only makes `held`. */
  state: 'held' | 'provisional';
}

/** A request that could not be granted at once. It is granted whole or not at all. */
export interface Wait {
  id: string;
  agent: string;
  things: Claimable[];
  mode: ClaimMode;
  reason?: string;
  ttl: number;
  /** The grant comes by mail; a wait without it lives only as long as its call, and a while after. */
  queued: boolean;
  since: string;
}

/** A plan that blocks nobody. */
export interface Intent {
  agent: string;
  /** The number of the message that declared it. */
  seq: number;
  /** As the sender wrote them. */
  files: FileEntry[];
  targets: Target[];
  summary: string;
  /** Wall time at which it ends, in milliseconds. */
  ends_at: number;
  /** Literal files that commits since the declaration have covered. */
  covered: string[];
}

/** How an in-flight conflict is judged: `additive` if all sides have declared parts of the file that do not meet. */
export type Verdict = 'true' | 'additive';

/** An overlap between agents that has not ended. */
export interface Conflict {
  id: string;
  shape: 'forward' | 'in-flight' | 'ownership';
  paths: string[];
  agents: string[];
  cross_kind?: true;
  detected_at: string;
  /** `open`; an in-flight conflict that has outlived its window shows its verdict. */
  state: 'open' | Verdict;
  /** The declarations, or the sides, it was decided from; it is told again only if they change. */
  basis: string;
  /** The verdict on an in-flight conflict as of now, and the one its sides were last told as such. */
  verdict?: Verdict;
  judged?: Verdict;
  /** Those of `agents` who change what an ownership conflict is about. */
  violators?: string[];
}

/** `failed`: the run of a headless worker came to nothing. */
export type ClaimEndReason = 'released' | 'expired' | 'reclaimed' | 'forced' | 'done' | 'gone' | 'failed';
export type WaitEndReason = 'granted' | 'cancelled' | 'timed-out' | 'replaced' | 'gone';
/** A newer intent of the same agent takes the place of the older one without an end of its own. */
export type IntentEndReason = 'time' | 'done' | 'gone' | 'covered';

export type ClaimEvent =
  /** A grant, or a change of a claim the holder has: the same id then. */
  | { kind: 'claimed'; claim: Claim }
  | { kind: 'claim-ended'; ids: string[]; why: ClaimEndReason }
  /** A new place at the end of the queue, or a change of a request that has one: the same id then. */
  | { kind: 'waiting'; wait: Wait }
  | { kind: 'wait-ended'; id: string; why: WaitEndReason }
  | { kind: 'intended'; intent: Intent }
  | { kind: 'intent-covered'; agent: string; files: string[] }
  | { kind: 'intent-ended'; agent: string; why: IntentEndReason }
  | { kind: 'conflict'; conflict: Conflict }
  | { kind: 'conflict-ended'; id: string };

/**
 * What the rules of time know beyond the journal: moments on the monotonic clock, in milliseconds. After a
 * restart it begins empty, and each lease gets its full ttl again, each wait its full place, each grace its
 * full length.
 */
export interface Leases {
  /** By claim id. `told`: the holder was told that it is about to end. */
  claims: Map<string, { ends: number; told: boolean }>;
  /**
   * By wait id: how many calls wait for it now, and when it loses its place if none does and it is not queued.
   */
  waits: Map<string, { calls: number; ends: number }>;
  /** By wait id: grants whose calls have not been answered yet. */
  granted: Map<string, { claims: string[]; calls: number; answered: boolean }>;
  /** By agent id: since when it has had no connection. */
  gone: Map<string, number>;
  /** By id of an open in-flight conflict: when its window began. */
  windows: Map<string, number>;
  /** Nothing is due before this moment. Unknown after a restart. */
  soonest: number | undefined;
}

export function createLeases(): Leases {
  return {
    claims: new Map(),
    waits: new Map(),
    granted: new Map(),
    gone: new Map(),
    windows: new Map(),
    soonest: undefined,
  };
}
