import * as z from 'zod';
import { badRequest, helloFirst, stopping } from '../errors/lifecycle.ts';
import { otherProtocol } from '../errors/link.ts';
import type { RequestContext } from '../link/channel.ts';
import type { Peer } from '../link/serve.ts';
import type { HelloAnswer } from '../protocol/answers.ts';
import { ackSchema, dropSchema, helloSchema } from '../protocol/requests.ts';
import { PROTOCOL_VERSION, VERSION } from '../protocol/version.ts';
import { subscribeSchema } from '../protocol/views.ts';
import { isAlive } from '../repository/process.ts';
import { acknowledge } from '../state/messages/mail.ts';
import { disconnected, hello, unconnected } from '../state/roster/sessions.ts';
import type { Desk, Party } from './desk.ts';
import { attendGuard } from './guard-call.ts';
import { attendHooks } from './hook-call.ts';
import { type CallMethod, dropPoll, METHODS } from './methods.ts';

/** What a connection may ask of the coordinator itself. */
export interface Controls {
  /** Ends the coordinator in order; resolves as soon as that has begun. */
  stop(): void;
  /** Makes the coordinator stay when nobody is connected any more. */
  keep(): void;
  /** Whether it is about to end: no new calls are taken then. */
  readonly stopping: boolean;
}

/** Serves one connection: handshake, calls, acknowledgements, subscriptions, and what follows from its end. */
export function attend(peer: Peer, desk: Desk, controls: Controls): void {
  let party: Party | undefined;

  const answer = (
    method: string,
    handler: (params: unknown, who: Party, context: RequestContext) => Promise<unknown>,
  ): void =>
    peer.onRequest(method, async (params, context) => {
      if (controls.stopping) return silence(context.signal);
      if (!party) throw helloFirst();
      const answered = Promise.resolve(handler(params, party, context));
      desk.underWay.add(answered);
      try {
        return await answered;
      } catch (error) {
        throw explained(method, error);
      } finally {
        desk.underWay.delete(answered);
      }
    });

  peer.onRequest('hello', async (params) => {
    if (controls.stopping) throw stopping();
    const said = greeting(params);
    const dead = unconnected(desk.engine.state)
      .filter((session) => session.id !== said.session && !isAlive(session.pid, session.pid_started))
      .map((session) => session.id);
    const agent = await desk.engine.decide((tx) => hello(tx, said, dead));
    party = { kind: said.kind, agent, session: said.session };
    // The connection may have ended while its greeting was brought to disk.
    if (closed) await leave();
    const { base } = desk.engine.state;
    return {
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      agent_id: agent,
      role: said.role,
      base,
    } satisfies HelloAnswer;
  });

  for (const method of Object.keys(METHODS) as CallMethod[])
    answer(method, (params, who, context) => METHODS[method](desk, who, params, context));

  answer('subscribe', async (params) => {
    desk.followers.add(peer, subscribeSchema.parse(params).view);
    return {};
  });
  peer.onNotification('unsubscribe', (params) => {
    const { data } = subscribeSchema.safeParse(params);
    if (data) desk.followers.remove(peer, data.view);
  });
  answer('keep', async () => {
    controls.keep();
    return { pid: process.pid };
  });
  // Asked before hello too: a client of another protocol version must be able to end this coordinator.
  peer.onRequest('stop', async () => {
    controls.stop();
    return { pid: process.pid };
  });

  attendHooks(peer, desk, () => controls.stopping);
  attendGuard(peer, desk, () => controls.stopping);

  answer('ack', async (params, who) => {
    const { batches } = ackSchema.parse(params);
    await desk.engine.decide((tx) => acknowledge(tx, who.session, batches), { lazy: true });
    return {};
  });
  answer('drop', async (params, who) => {
    await dropPoll(desk, who, dropSchema.parse(params).call);
    return {};
  });

  let ended = false;
  peer.onNotification('bye', () => {
    ended = true;
  });
  let closed = false;
  const leave = async (): Promise<void> => {
    if (!party || controls.stopping) return;
    const { session } = party;
    const bound = desk.engine.state.sessions.get(session);
    const dead = ended || (bound !== undefined && !isAlive(bound.pid, bound.pid_started));
    await desk.engine.decide((tx) => disconnected(tx, session, dead)).catch(() => undefined);
    // That nobody is connected any more stands in no record.
    desk.followers.changed(['status']);
  };
  void peer.closed.then(() => {
    closed = true;
    return leave();
  });
}

/** A call that comes while the coordinator stops gets no answer: its client makes it again, with the next one. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** @throws PawError if the other side speaks another version, before anything else of it is looked at. */
function greeting(params: unknown): z.infer<typeof helloSchema> {
  try {
    const { protocol } = z.object({ protocol: z.number() }).parse(params);
    if (protocol !== PROTOCOL_VERSION)
      throw otherProtocol({ ours: PROTOCOL_VERSION, theirs: protocol, who: 'coordinator' });
    return helloSchema.parse(params);
  } catch (error) {
    throw explained('hello', error);
  }
}

function explained(method: string, error: unknown): unknown {
  return error instanceof z.ZodError ? badRequest(method, z.prettifyError(error)) : error;
}
