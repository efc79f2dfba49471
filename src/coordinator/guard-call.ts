import { badRequest, stopping } from '../errors/lifecycle.ts';
import { otherProtocol } from '../errors/link.ts';
import type { Peer } from '../link/serve.ts';
import type { GuardAnswer } from '../protocol/guard.ts';
import { guardRequestSchema } from '../protocol/guard.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { guard } from '../state/hooks/path-guard.ts';
import type { Desk } from './desk.ts';

/** Answers git hooks, which come without `hello`: one look at the state. */
export function attendGuard(peer: Peer, desk: Desk, isStopping: () => boolean): void {
  peer.onRequest('guard', async (params): Promise<GuardAnswer> => {
    if (isStopping()) throw stopping();
    const { data: request, error } = guardRequestSchema.safeParse(params);
    if (request === undefined) throw badRequest('guard', error.message);
    const { protocol } = request;
    if (protocol !== PROTOCOL_VERSION)
      throw otherProtocol({ ours: PROTOCOL_VERSION, theirs: protocol, who: 'coordinator' });
    return desk.engine.decide((tx) => guard(tx, request), { lazy: true });
  });
}
