import type { StoredMessage } from './messages.ts';
import type { WorkItemView } from './work.ts';

/** What is answered over the link; the tools hand these to the model as they are. Absent means zero, no, or none. */

/** Mail that waits, on every answer but poll's. */
export interface InboxNote {
  unread: number;
  urgent?: number;
}

export interface HelloAnswer {
  protocol: number;
  version: string;
  agent_id: string;
  role: 'agent' | 'supervisor';
  /** Name of the base branch. */
  base: string;
}

/** A plan or claim of somebody else that overlaps the caller's. */
export interface OverlapNote {
  with: string;
  shape: 'forward' | 'in-flight' | 'ownership';
  paths: string[];
  /** What the other says it does there, or else at all; empty if it has said nothing. */
  doing: string;
  cross_kind?: true;
}

export interface PublishAnswer {
  seq: number;
  to: string[];
  /** How many recipients beyond those in `to`. */
  more?: number;
  offline?: string[];
  duplicate_of?: number;
  released?: string[];
  conflicts?: OverlapNote[];
  commit?: string;
  inbox?: InboxNote;
}

export interface PolledMessage {
  seq: number;
  type: StoredMessage['type'];
  from: string;
  payload: object;
  re?: number;
  urgent?: true;
  /** The text was cut; `poll {since: seq - 1, limit: 1}` returns it whole. */
  truncated?: true;
}

export interface PollAnswer {
  messages: PolledMessage[];
  unread: number;
  cursor: number;
  missed?: number;
  reset?: true;
  /** Number of this batch, for the acknowledgement; the agent side takes it off. */
  batch?: number;
}

/** What a claim is on: exactly one of the three. */
export interface ClaimedThing {
  path?: string;
  name?: string;
  work?: string;
}

export interface ClaimNote extends ClaimedThing {
  fence: number;
  mode?: 'shared';
}

export interface BlockedBy extends ClaimedThing {
  holder: string;
  reason?: string;
  expires_in_seconds?: number;
  mode?: 'shared';
  /** The one named is waiting before the caller, and holds nothing yet. */
  waiting?: true;
}

export interface LearningNote {
  id: string;
  category: string;
  title: string;
  /** Left out where a claim is answered, if it is long or says no more than the title. */
  body?: Record<string, unknown>;
  branch_id?: string;
  agent_id?: string;
  at?: string;
  count?: number;
}

export interface ClaimAnswer {
  granted: boolean;
  claims?: ClaimNote[];
  expires_in_seconds?: number;
  blocked_by?: BlockedBy[];
  queue_position?: number;
  conflicts?: OverlapNote[];
  learnings?: LearningNote[];
  /** The work item that was asked for, if it is the caller's now. */
  item?: WorkItemView;
  /** Why there is no item to be had, or what else is worth knowing of the one that was given. */
  note?: string;
  inbox?: InboxNote;
}

export interface ReleaseAnswer {
  released: string[];
  inbox?: InboxNote;
}

export interface RosterRow {
  agent_id: string;
  status: string;
  online?: true;
  /** Left out, of others, where the summary would be too long. */
  last_seen_seconds?: number;
  summary?: string;
  phase?: string;
  /** A count in the summary form, the list in the full form. */
  modified_files?: number | string[];
  claims?: number;
  unread?: number;
  branch?: string;
  role?: 'supervisor';
  worktree?: string;
  client?: string;
  /** The worktree is on no branch, or in the middle of a rebase. */
  head?: 'detached' | 'rebasing';
  /** Watching the worktree failed: it is looked at now and then. */
  watching?: 'polling';
  /** Why a person has paused it. */
  paused?: string;
}

export interface StatusAnswer {
  you: string;
  agents: RosterRow[];
  offline?: string[];
  claims?: {
    path?: string;
    name?: string;
    work?: string;
    holder: string;
    reason?: string;
    /** Left out where the summary would be too long. */
    expires_in_seconds?: number;
    /** In the full form always, in the summary only if shared. */
    mode?: 'exclusive' | 'shared';
    granted_at?: string;
    expires_at?: string;
    fence?: number;
    waiting?: string[];
  }[];
  /** How many more claims there are than `claims` lists: the summary of a large team is bounded. */
  more_claims?: number;
  /** The last three in the full form. */
  conflicts?: {
    id: string;
    shape: string;
    paths: string[];
    agents: string[];
    cross_kind?: true;
    detected_at?: string;
    state?: string;
  }[];
  /** How many more conflicts are open than `conflicts` lists. */
  more_conflicts?: number;
  /** Without their texts where the summary would be too long. */
  questions?: { seq: number; from: string; to: string[]; text?: string }[];
  work?: Record<string, number>;
  outbox?: { seq: number; type: string; to: string[]; read_by: string[] }[];
  /** Learnings of others since the caller last searched them. */
  new_learnings?: number;
  inbox?: InboxNote;
  uptime_seconds: number;
  version: string;
}

export interface LearningsAnswer {
  learnings?: LearningNote[];
  recorded?: { id: string; new: boolean };
  inbox?: InboxNote;
}

export interface LogAnswer {
  messages: StoredMessage[];
  /** Seq of the newest message in the log. */
  last: number;
}

export interface InboxAnswer {
  agent: string;
  messages: (PolledMessage & { at: string; state: 'unread' | 'delivered' | 'read' })[];
  unread: number;
}

export interface PauseAnswer {
  /** Who is paused now: an id, or `all`. */
  paused: string[];
}

export interface ResumeAnswer {
  /** Whose pauses have ended. */
  resumed: string[];
}
