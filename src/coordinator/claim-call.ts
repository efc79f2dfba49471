import { ConnectionLost } from '../link/wire-errors.ts';
import type { ClaimAnswer, InboxNote } from '../protocol/answers.ts';
import type { ClaimRequest } from '../protocol/requests.ts';
import { type Caller, changing, looking } from '../state/calls.ts';
import { claimAnswer, endWait, waitOutcome } from '../state/claims/claim-queue.ts';
import { type ClaimOutcome, claim } from '../state/claims/claims.ts';
import type { ItemWait } from '../state/claims/item-waits.ts';
import { withLearnings } from '../state/learnings/given-learnings.ts';
import { SECOND_MS } from '../state/time.ts';
import { claimItem, couldClaim, noteItemWait } from '../state/work/claim-item.ts';
import { findItem } from '../state/work/find-item.ts';
import type { Desk } from './desk.ts';
import { waitFor } from './waits.ts';

type Answer = ClaimAnswer & { inbox?: InboxNote };

/**
 * Claims, and waits for the holders as long as the request says. A retry after a lost connection is the same
 * claim again: it finds its place in the queue, or what it was granted meanwhile.
 */
export async function claimWithWait(
  desk: Desk,
  caller: Caller,
  request: ClaimRequest,
  signal: AbortSignal,
): Promise<Answer> {
  if (request.work !== undefined || request.next) return claimItemWithWait(desk, caller, request, signal);
  const { engine } = desk;
  const deadline = performance.now() + request.wait_seconds * SECOND_MS;
  // Only what is settled at once is kept for a retry.
  const call = request.wait_seconds > 0 ? undefined : request.call;
  let outcome: ClaimOutcome | undefined;
  const answer = await engine.decide((tx) =>
    changing(tx, caller, call, () => {
      outcome = claim(tx, caller.agent, request);
      return withLearnings(tx, caller, request.targets, outcome.answer);
    }),
  );
  const waitId = outcome?.waitId;
  if (waitId === undefined || request.wait_seconds === 0) return answer;
  try {
    await waitFor(desk, () => waitOutcome(engine.state, waitId) !== 'waiting', { deadline, signal });
  } catch (error) {
    // Whoever has lost its connection makes the same claim again; whoever has cancelled does not.
    const why = error instanceof ConnectionLost ? 'timed-out' : 'cancelled';
    await engine.decide((tx) => endWait(tx, waitId, why));
    throw error;
  }
  return engine.decide((tx) => {
    if (waitOutcome(tx.state, waitId) === 'waiting') endWait(tx, waitId, 'timed-out');
    return looking(tx, caller, () => withLearnings(tx, caller, request.targets, claimAnswer(tx, caller.agent, waitId)));
  });
}

/** Claims a work item. Waiting for one is asking again whenever it could be had: which one is best may have changed. */
async function claimItemWithWait(
  desk: Desk,
  caller: Caller,
  request: ClaimRequest,
  signal: AbortSignal,
): Promise<Answer> {
  const { engine } = desk;
  const { itemWaits } = engine.state.volatile;
  const deadline = performance.now() + request.wait_seconds * SECOND_MS;
  let wait: ItemWait | undefined;
  const forget = (): void => {
    if (wait) itemWaits.delete(wait);
  };
  try {
    for (;;) {
      const answer = await engine.decide((tx) =>
        changing(tx, caller, request.call, () => {
          const given = claimItem(tx, caller.agent, request);
          forget();
          if (!given.granted) wait = noteItemWait(tx, caller.agent, request);
          const paths = given.item ? findItem(tx.state, given.item.id).targets : [];
          return withLearnings(tx, caller, [...paths, ...request.targets], given);
        }),
      );
      if (answer.granted || performance.now() >= deadline || desk.closing.aborted) return answer;
      await waitFor(desk, () => couldClaim(engine.state, caller.agent, request), { deadline, signal });
    }
  } finally {
    forget();
  }
}
