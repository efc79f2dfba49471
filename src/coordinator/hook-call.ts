import type { Peer } from '../link/serve.ts';
import { SHOWN } from '../protocol/hook-events.ts';
import { type HookAnswer, hookRequestSchema, shownSchema } from '../protocol/hooks.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { confirmShown, dropUnshown } from '../state/hooks/hook-mail.ts';
import { hook } from '../state/hooks/hooks.ts';
import type { Desk } from './desk.ts';

/**
 * Answers hooks of clients, which come without `hello` and fail open: what cannot be answered is answered with
 * nothing. Mail that a hook was handed and has not confirmed when its connection ends was never shown.
 */
export function attendHooks(peer: Peer, desk: Desk, isStopping: () => boolean): void {
  const unconfirmed = new Set<number>();
  let closed = false;

  const drop = async (): Promise<void> => {
    const batches = [...unconfirmed];
    unconfirmed.clear();
    for (const batch of batches) await desk.engine.decide((tx) => dropUnshown(tx, batch), { lazy: true });
  };

  peer.onRequest('hook', async (params): Promise<HookAnswer> => {
    const request = hookRequestSchema.safeParse(params).data;
    if (isStopping() || request?.protocol !== PROTOCOL_VERSION || request.probe) return {};
    const answering = desk.engine.decide((tx) => hook(tx, request), { lazy: true });
    desk.underWay.add(answering);
    try {
      const answer = await answering;
      if (answer.batch !== undefined) unconfirmed.add(answer.batch);
      if (closed) await drop();
      return answer;
    } finally {
      desk.underWay.delete(answering);
    }
  });

  peer.onNotification(SHOWN, (params) => {
    const batch = shownSchema.safeParse(params).data?.batch;
    // Only what this connection was handed is its own to confirm.
    if (batch === undefined || !unconfirmed.delete(batch)) return;
    desk.engine.decide((tx) => confirmShown(tx, batch), { lazy: true }).catch(ignore);
  });

  void peer.closed.then(() => {
    closed = true;
    drop().catch(ignore);
  });
}

/** The state then comes back from disk, where unconfirmed mail counts as not shown. */
function ignore(): void {}
