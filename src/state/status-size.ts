import type { RosterRow, StatusAnswer } from '../protocol/answers.ts';
import { utf8Bytes } from './messages/inbox.ts';

/** What the summary form of `status` may take for a team of ten, in bytes of JSON, and in proportion for a larger one. */
const SUMMARY_MAX_BYTES = 2048;
const TEAM = 10;
/** Rows that are of no team member: the supervisor's and the person's. */
const ROLES = 2;
/** Kept for what is added to the answer afterwards: the counts of mail and of learnings, in bytes. */
const ADDED_MAX_BYTES = 64;
/** How much is left of a reason, of a summary and of a label while space is short, in characters. */
const SHORT_REASON_CHARS = 16;
const SHORT_SUMMARY_CHARS = 24;
const SHORTEST_SUMMARY_CHARS = 12;
const SHORT_LABEL_CHARS = 16;
/** Conflicts that are left while space is short. */
const FEW_CONFLICTS = 3;

type Status = Omit<StatusAnswer, 'inbox'>;
type Claim = NonNullable<Status['claims']>[number];

/**
 * Leaves out what is said twice or at length, and then what an agent can best do without, until the answer is short
 * enough. Who is here and under which label stays, and all that the caller's own row says.
 */
export function fitted(status: Status): Status {
  const max = room(status);
  let short = status;
  for (const shorten of STEPS) {
    if (bytesOf(short) <= max) return short;
    short = shorten(short);
  }
  return withFewerClaims(short, bytesOf(short) - max);
}

const STEPS: readonly ((status: Status) => Status)[] = [
  // The claims themselves are listed beside the rows.
  (status) => ({ ...status, agents: status.agents.map(({ claims: _, ...row }) => row) }),
  (status) => withReasons(status, (reason) => cut(reason, SHORT_REASON_CHARS)),
  (status) => withSummaries(status, SHORT_SUMMARY_CHARS),
  (status) => withReasons(status, () => undefined),
  (status) => withSummaries(status, SHORTEST_SUMMARY_CHARS),
  (status) => withConflicts(status, FEW_CONFLICTS),
  (status) => withOthers(status, ({ unread: _, ...row }) => row),
  (status) => withOthers(status, ({ summary: _, ...row }) => row),
  (status) => withOthers(status, ({ phase: _, modified_files: __, ...row }) => row),
  (status) => withConflicts(status, 0),
  (status) => {
    const questions = status.questions?.map(({ text: _, ...question }) => question);
    return questions === undefined ? status : { ...status, questions };
  },
  (status) => withOthers(status, (row) => ({ ...row, status: cut(row.status, SHORT_LABEL_CHARS) })),
  (status) => withClaims(status, ({ expires_in_seconds: _, ...claim }) => claim),
  (status) => withOthers(status, ({ last_seen_seconds: _, ...row }) => row),
];

function room({ agents, claims = [], questions = [] }: Status): number {
  const size = Math.max(TEAM, agents.length - ROLES, claims.length, questions.length);
  return Math.floor((SUMMARY_MAX_BYTES * size) / TEAM) - ADDED_MAX_BYTES;
}

function bytesOf(value: object): number {
  return utf8Bytes(JSON.stringify(value));
}

function withOthers(status: Status, change: (row: RosterRow) => RosterRow): Status {
  return { ...status, agents: status.agents.map((row) => (row.agent_id === status.you ? row : change(row))) };
}

function withSummaries(status: Status, chars: number): Status {
  return withOthers(status, ({ summary, ...row }) =>
    summary === undefined ? row : { ...row, summary: cut(summary, chars) },
  );
}

function withClaims(status: Status, change: (claim: Claim) => Claim): Status {
  return status.claims ? { ...status, claims: status.claims.map(change) } : status;
}

function withReasons(status: Status, change: (reason: string) => string | undefined): Status {
  return withClaims(status, ({ reason, ...claim }) => {
    const changed = reason === undefined ? undefined : change(reason);
    return changed === undefined ? claim : { ...claim, reason: changed };
  });
}

/** The newest of the conflicts that are listed; the others are counted. */
function withConflicts(status: Status, count: number): Status {
  const { conflicts = [], more_conflicts: more = 0, ...rest } = status;
  const left = conflicts.length - count;
  if (left <= 0) return status;
  return {
    ...rest,
    ...(count === 0 ? {} : { conflicts: conflicts.slice(-count) }),
    more_conflicts: more + left,
  };
}

/** Counts claims of others instead of listing them, until that many bytes are saved. */
function withFewerClaims(status: Status, bytes: number): Status {
  const { claims = [], you, ...rest } = status;
  const kept: Claim[] = [];
  let over = bytes > 0 ? bytes + JSON.stringify({ more_claims: claims.length }).length : 0;
  for (const claim of claims) {
    if (over > 0 && claim.holder !== you) over -= bytesOf(claim) + 1;
    else kept.push(claim);
  }
  if (kept.length === claims.length) return status;
  return { ...rest, you, ...(kept.length === 0 ? {} : { claims: kept }), more_claims: claims.length - kept.length };
}

function cut(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}
