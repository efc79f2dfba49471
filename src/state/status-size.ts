import type { StatusAnswer } from '../protocol/answers.ts';

/** What the summary form of `status` may take for a team of ten, in characters of JSON. */
const SUMMARY_MAX_CHARS = 2000;
/** How much is left of a reason, and of a summary, while space is short. */
const SHORT_REASON_CHARS = 16;
const SHORT_SUMMARY_CHARS = 24;
const SHORTEST_SUMMARY_CHARS = 12;

type Status = Omit<StatusAnswer, 'inbox'>;

/** Leaves out what is said twice or at length, step by step, until the answer is short enough or nothing is left. */
export function fitted(status: Status): Status {
  let short = status;
  for (const shorten of STEPS) {
    if (JSON.stringify(short).length <= SUMMARY_MAX_CHARS) return short;
    short = shorten(short);
  }
  return short;
}

const STEPS: readonly ((status: Status) => Status)[] = [
  // The claims themselves are listed beside the rows.
  (status) => ({ ...status, agents: status.agents.map(({ claims: _, ...row }) => row) }),
  (status) => withReasons(status, (reason) => cut(reason, SHORT_REASON_CHARS)),
  (status) => withSummaries(status, SHORT_SUMMARY_CHARS),
  (status) => withReasons(status, () => undefined),
  (status) => withSummaries(status, SHORTEST_SUMMARY_CHARS),
];

function withSummaries(status: Status, chars: number): Status {
  const agents = status.agents.map(({ summary, ...row }) =>
    summary === undefined ? row : { ...row, summary: cut(summary, chars) },
  );
  return { ...status, agents };
}

function withReasons(status: Status, change: (reason: string) => string | undefined): Status {
  if (!status.claims) return status;
  const claims = status.claims.map(({ reason, ...claim }) => {
    const changed = reason === undefined ? undefined : change(reason);
    return changed === undefined ? claim : { ...claim, reason: changed };
  });
  return { ...status, claims };
}

function cut(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`;
}
