import type { FileEntry } from './targets.ts';

/** Messages as they are stored, listed in `log`, and handed out by `poll`. */

/** Message types an agent can publish, in the order in which they are documented. */
export const PUBLISH_TYPES = [
  'status',
  'artifact',
  'intent',
  'blocked',
  'question',
  'answer',
  'feedback',
  'note',
  'verified',
  'advanced-main',
] as const;
export type PublishType = (typeof PUBLISH_TYPES)[number];

/** Labels an agent can give itself with `status`. */
export const OWN_LABELS = ['working', 'idle', 'done'] as const;
export type OwnLabel = (typeof OWN_LABELS)[number];

/** Everything a roster row can be labelled. */
export type Label = OwnLabel | 'intent' | 'blocked' | 'committed' | 'verified';

export interface Payloads {
  'agent.status': { status: string; message?: string; phase?: string; modified_files?: string[]; truncated?: number };
  'agent.artifact': {
    status: string;
    message?: string;
    exports: string[];
    modified_files: string[];
    commit?: string;
    commits?: string[];
    truncated?: number;
  };
  'agent.intent': { files: FileEntry[]; summary: string; valid_for_seconds: number };
  'agent.blocked': { needs: string; from: string };
  /** With `branch_id` the question is about that agent, and replies go to it. */
  'agent.question': { question: string; branch_id?: string };
  'agent.answer': { answer: string };
  'agent.feedback': { errors: string[] };
  'agent.note': { text: string };
  'agent.verified': { verified_by: string; commit: string; branch_id: string; message?: string };
  'agent.advanced-main': {
    from: string;
    merged_branch: string;
    new_main_sha: string;
    base: string;
    merged_at: string;
    summary?: string;
  };
  'agent.learning': { id: string; category: string; title: string };
  'supervisor.verify-now': { branch_id: string; commit: string; gate?: 'passed' | 'failed' };
  'coordinator.conflict': {
    id: string;
    shape: 'forward' | 'in-flight' | 'ownership';
    paths: string[];
    agents: string[];
    cross_kind?: boolean;
    text: string;
    [detail: string]: unknown;
  };
  'coordinator.claim': {
    event: 'granted' | 'wanted' | 'expiring' | 'expired' | 'reclaimed' | 'lost';
    text: string;
    [detail: string]: unknown;
  };
  'coordinator.stall': { agent: string; shape: string; text: string; [detail: string]: unknown };
}

export type StoredType = keyof Payloads;

/** A message of one type. */
export interface MessageOf<T extends StoredType> {
  /** Its number in the log: from 1, without gaps. */
  seq: number;
  /** When it was stored: ISO-8601, UTC, milliseconds. */
  at: string;
  type: T;
  /** Who sent it. */
  agent_id: string;
  payload: Payloads[T];
  /** The mailboxes it went to. */
  to: string[];
  /** The message it replies to. */
  re?: number;
  urgent?: true;
}

export type StoredMessage = { [T in StoredType]: MessageOf<T> }[StoredType];
