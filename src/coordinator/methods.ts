import { forgetIsOperators } from '../errors/learnings.ts';
import { personsOnly } from '../errors/pauses.ts';
import type { RequestContext } from '../link/channel.ts';
import type { PollAnswer } from '../protocol/answers.ts';
import type { Calls, Method } from '../protocol/calls.ts';
import {
  claimRequestSchema,
  forgetRequestSchema,
  inboxRequestSchema,
  learningsRequestSchema,
  logRequestSchema,
  pauseRequestSchema,
  pollRequestSchema,
  publishRequestSchema,
  releaseRequestSchema,
  resumeRequestSchema,
  statusRequestSchema,
} from '../protocol/requests.ts';
import { viewRequestSchema } from '../protocol/views.ts';
import { type Caller, changing, heard, looking } from '../state/calls.ts';
import { claimsOf, release } from '../state/claims/claims.ts';
import { newLearnings } from '../state/learnings/given-learnings.ts';
import { forget, learnings } from '../state/learnings/learnings.ts';
import { inbox, log } from '../state/messages/log.ts';
import { hasMail, poll, takeBackCall } from '../state/messages/mail.ts';
import { publish } from '../state/messages/publish.ts';
import { pause, pauseOf, refuseIfPaused, resume } from '../state/roster/pauses.ts';
import { status } from '../state/status.ts';
import { SECOND_MS } from '../state/time.ts';
import { viewOf } from '../state/views.ts';
import { heldInCurrent } from '../state/work/items.ts';
import { callerOf } from './caller.ts';
import { claimWithWait } from './claim-call.ts';
import type { Desk, Party } from './desk.ts';
import type { Engine } from './engine.ts';
import { waitFor } from './waits.ts';
import { WORK_METHODS } from './work-calls.ts';

/** Answers one request of a party that has said hello. */
export type Handler<M extends Method> = (
  desk: Desk,
  party: Party,
  params: unknown,
  context: RequestContext,
) => Promise<Calls[M]['answer']>;

/** The methods of agents and people; those about the connection or the coordinator itself are elsewhere. */
export type CallMethod = Exclude<Method, 'hello' | 'hook' | 'guard' | 'ack' | 'drop' | 'subscribe' | 'keep' | 'stop'>;

export const METHODS: { [M in CallMethod]: Handler<M> } = {
  ...WORK_METHODS,

  async publish(desk, party, params) {
    const { input, targets = [], call, subagent } = publishRequestSchema.parse(params);
    const caller = await callerOf(desk, party, subagent);
    const facts = await desk.repository.factsFor(input, desk.engine.state.base);
    // Finished work gives claims back, unless their files have changes that nobody committed.
    if (input.type === 'artifact' && input.status === 'done' && claimsOf(desk.engine.state, caller.agent).length > 0)
      await desk.look(desk.engine.state.agents.get(caller.agent)?.worktree);
    return desk.repository.retryOnceIfUnknown(() =>
      desk.engine.decide((tx) =>
        changing(tx, caller, call, () => publish(tx, caller.agent, input, { targets, facts })),
      ),
    );
  },

  async poll(desk, party, params, { signal }) {
    const request = pollRequestSchema.parse(params);
    const caller = await callerOf(desk, party, request.subagent);
    const deadline = performance.now() + request.wait_seconds * SECOND_MS;
    for (;;) {
      const answer = await desk.engine.decide(
        (tx): PollAnswer => {
          heard(tx, caller.agent);
          refuseIfPaused(tx.state, caller.agent);
          return poll(tx, caller.agent, caller.session, request);
        },
        { lazy: true },
      );
      if (signal.aborted) await dropPoll(desk, caller, request.call);
      signal.throwIfAborted();
      const over = performance.now() >= deadline || desk.closing.aborted;
      if (answer.messages.length > 0 || request.since !== undefined || over) return answer;
      const wakes = ({ state }: Engine): boolean =>
        hasMail(state, caller.agent) || pauseOf(state, caller.agent) !== undefined;
      await waitFor(desk, () => wakes(desk.engine), { deadline, signal });
    }
  },

  async claim(desk, party, params, { signal }) {
    const request = claimRequestSchema.parse(params);
    const caller = await callerOf(desk, party, request.subagent);
    if (request.work !== undefined || request.next) await lookIfWorking(desk, caller.agent);
    return claimWithWait(desk, caller, request, signal);
  },

  async release(desk, party, params) {
    const request = releaseRequestSchema.parse(params);
    const caller = await callerOf(desk, party, request.subagent);
    if (request.all || request.work.length > 0) await lookIfWorking(desk, caller.agent);
    const by = party.kind === 'person' && request.force ? 'operator' : 'holder';
    return desk.engine.decide((tx) => changing(tx, caller, request.call, () => release(tx, caller.agent, request, by)));
  },

  async status(desk, party, params) {
    const request = statusRequestSchema.parse(params);
    const caller = await callerOf(desk, party, request.subagent);
    const uptimeSeconds = uptimeOf(desk);
    return desk.engine.decide((tx) =>
      looking(tx, caller, () => {
        const unseen = newLearnings(tx.state, caller);
        const answer = status(tx.state, tx.now, caller.agent, request, uptimeSeconds);
        return unseen === 0 ? answer : { ...answer, new_learnings: unseen };
      }),
    );
  },

  async learnings(desk, party, params) {
    const request = learningsRequestSchema.parse(params);
    const caller = await callerOf(desk, party, request.subagent);
    if (request.record)
      return desk.engine.decide((tx) => changing(tx, caller, request.call, () => learnings(tx, caller.agent, request)));
    // A search changes only what counts as new, and need not be waited for.
    return desk.engine.decide((tx) => looking(tx, caller, () => learnings(tx, caller.agent, request)), { lazy: true });
  },

  async forget(desk, party, params) {
    if (party.kind !== 'person') throw forgetIsOperators();
    const { id } = forgetRequestSchema.parse(params);
    return desk.engine.decide((tx) => ({ forgotten: forget(tx, id) }));
  },

  async log(desk, _party, params) {
    const request = logRequestSchema.parse(params);
    return desk.engine.decide((tx) => log(tx.state, request));
  },

  async view(desk, party, params) {
    const { view } = viewRequestSchema.parse(params);
    const uptimeSeconds = uptimeOf(desk);
    return desk.engine.decide((tx) => viewOf(tx.state, tx.now, view, { you: party.agent, uptimeSeconds }));
  },

  async inbox(desk, party, params) {
    const request = inboxRequestSchema.parse(params);
    return desk.engine.decide((tx) => inbox(tx.state, party.agent, request));
  },

  async pause(desk, party, params) {
    if (party.kind !== 'person') throw personsOnly();
    const { agent, reason } = pauseRequestSchema.parse(params);
    return desk.repository.retryOnceIfUnknown(() =>
      desk.engine.decide((tx) => ({ paused: [pause(tx, agent, reason)] })),
    );
  },

  async resume(desk, party, params) {
    if (party.kind !== 'person') throw personsOnly();
    const { agent } = resumeRequestSchema.parse(params);
    return desk.engine.decide((tx) => ({ resumed: resume(tx, agent) }));
  },
};

/** A commit that was made just now has finished the item it was made for, whoever sees it first. */
async function lookIfWorking({ engine, look }: Desk, agent: string): Promise<void> {
  if (heldInCurrent(engine.state, agent)) await look(engine.state.agents.get(agent)?.worktree);
}

function uptimeOf({ startedAt }: Desk): number {
  return Math.round((performance.now() - startedAt) / SECOND_MS);
}

/** Makes what a cancelled `poll` was handed unread again. */
export async function dropPoll(desk: Desk, caller: Caller, call: string | undefined): Promise<void> {
  if (call === undefined) return;
  await desk.engine.decide((tx) => takeBackCall(tx, caller.session, call), { lazy: true });
}
