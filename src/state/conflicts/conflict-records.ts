import type { Payloads } from '../../protocol/messages.ts';
import type { Conflict } from '../claims/claim-events.ts';
import { COORDINATOR } from '../roster/roster.ts';
import type { Transaction } from '../transaction.ts';

/** What all kinds of conflict have in common: how they are numbered, and how they are told. */

/** Conflicts that one message tells of: one at least. */
export type ToldTogether = readonly [Conflict, ...Conflict[]];

/** An id for a conflict that the next event of a decision records. */
export function freshConflictId({ state, events }: Transaction): string {
  return `k${state.record + 1}.${events.length}`;
}

/** Tells of conflicts that have the same agents. `rest` goes into the message beside the record. */
export function tellConflicts(
  tx: Transaction,
  to: readonly string[],
  conflicts: ToldTogether,
  text: string,
  { urgent = false, ...rest }: { urgent?: boolean; [detail: string]: unknown } = {},
): void {
  const [first] = conflicts;
  const known = to.filter((id) => tx.state.agents.has(id));
  if (known.length === 0) return;
  const { id, shape, agents, cross_kind, detected_at, state } = first;
  const paths = conflicts.flatMap((conflict) => conflict.paths);
  const listed = conflicts.length > 1 ? paths.slice(0, PATHS_LISTED) : paths;
  const payload: Payloads['coordinator.conflict'] = {
    id,
    shape,
    paths: listed,
    ...(paths.length > listed.length ? { more: paths.length - listed.length } : {}),
    agents,
    ...(cross_kind ? { cross_kind } : {}),
    detected_at,
    state,
    text,
    ...rest,
  };
  tx.send({ type: 'coordinator.conflict', from: COORDINATOR, to: known, payload, urgent });
}

/** Most paths listed in a message about several conflicts. */
const PATHS_LISTED = 20;
