import { workersOnly } from '../errors/work.ts';
import type { RequestContext } from '../link/channel.ts';
import type { Calls } from '../protocol/calls.ts';
import {
  finishRequestSchema,
  holdRequestSchema,
  takeRequestSchema,
  type WorkAnswer,
  workRequestSchema,
} from '../protocol/work.ts';
import { changing, heard, looking } from '../state/calls.ts';
import { WORKERS } from '../state/roster/roster.ts';
import { SECOND_MS } from '../state/time.ts';
import { work } from '../state/work/work.ts';
import { couldTake, finish, isHeld, take } from '../state/work/worker-calls.ts';
import { callerOf } from './caller.ts';
import type { Desk, Party } from './desk.ts';
import { tidyWorktree } from './tidy-worktree.ts';
import { waitFor } from './waits.ts';

/** The methods about work items: what everybody may ask, and the three calls of a headless worker. */

type WorkMethod = 'work' | 'take' | 'hold' | 'finish';
type WorkHandler<M extends WorkMethod> = (
  desk: Desk,
  party: Party,
  params: unknown,
  context: RequestContext,
) => Promise<Calls[M]['answer']>;

export const WORK_METHODS: { [M in WorkMethod]: WorkHandler<M> } = {
  async work(desk, party, params, { signal }) {
    const request = workRequestSchema.parse(params);
    const caller = await callerOf(desk, party, request.subagent);
    const { engine } = desk;
    if (request.action === 'list' || request.action === 'show')
      return engine.decide((tx) => looking(tx, caller, () => work(tx, caller.agent, request)));
    const answer: WorkAnswer = await engine.decide((tx) =>
      changing(tx, caller, request.call, () => work(tx, caller.agent, request)),
    );
    const isArchived = request.action === 'advance' && answer.item?.stage === 'archived';
    const worktree = isArchived && answer.item ? await tidyWorktree(desk, answer.item, signal) : undefined;
    return worktree === undefined ? answer : { ...answer, worktree };
  },

  async take(desk, party, params, { signal }) {
    refuseOthers(party, 'take');
    const { wait_seconds, ...request } = takeRequestSchema.parse(params);
    const { engine } = desk;
    const deadline = performance.now() + wait_seconds * SECOND_MS;
    const caller = { agent: WORKERS, session: party.session };
    for (;;) {
      const answer = await engine.decide((tx) => changing(tx, caller, request.call, () => take(tx, request)));
      if (answer.assignment || performance.now() >= deadline || desk.closing.aborted) return answer;
      await waitFor(desk, () => couldTake(engine.state), { deadline, signal });
    }
  },

  async hold(desk, party, params, { signal }) {
    refuseOthers(party, 'hold');
    const { wait_seconds, ...request } = holdRequestSchema.parse(params);
    const { engine } = desk;
    const deadline = performance.now() + wait_seconds * SECOND_MS;
    // A sign of life when it comes, and when it is answered.
    await engine.decide((tx) => heard(tx, party.agent), { lazy: true });
    await waitFor(desk, () => !isHeld(engine.state, request), { deadline, signal });
    return engine.decide((tx) => ({ held: isHeld(tx.state, request) }));
  },

  async finish(desk, party, params) {
    refuseOthers(party, 'finish');
    const request = finishRequestSchema.parse(params);
    const caller = { agent: party.agent, session: party.session };
    return desk.engine.decide((tx) => changing(tx, caller, request.call, () => finish(tx, request)));
  },
};

/** @throws PawError if the caller is no headless worker */
function refuseOthers(party: Party, method: WorkMethod): void {
  if (party.kind !== 'worker') throw workersOnly(method);
}
