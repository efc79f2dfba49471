import { otherHost, socketForbidden } from '../errors/link.ts';
import { type Holder, isProvablyDead, readHighest } from '../repository/election.ts';
import { errorCode } from '../repository/error-code.ts';
import { isThisMachine } from '../repository/process.ts';
import type { Channel } from './channel.ts';
import { connectOnce } from './connect.ts';

/** What the election and the socket it names say about a repository's coordinator. */
export type Found =
  /** There has never been one. */
  | { state: 'none' }
  /** The last one ended in order. */
  | { state: 'stopped'; holder: Holder }
  /** The last one is provably dead. */
  | { state: 'dead'; holder: Holder }
  /** It is in office, and its socket does not answer yet, or no longer. */
  | { state: 'starting'; holder: Holder; cause: unknown }
  /** It answers; the connection is the caller's to close. */
  | { state: 'living'; holder: Holder; channel: Channel };

/**
 * Looks once for the coordinator of the repository with this state folder; starts nothing.
 * Rejects with a `PawError` if there is one that this process can never reach, and with the reason of `signal`.
 */
export async function findCoordinator(stateDir: string, { signal }: { signal?: AbortSignal } = {}): Promise<Found> {
  const holder = readHighest(stateDir)?.holder;
  if (!holder) return { state: 'none' };
  if (holder.stopped) return { state: 'stopped', holder };
  try {
    const channel = await connectOnce(holder.socket, signal ? { signal } : {});
    return { state: 'living', holder, channel };
  } catch (cause) {
    signal?.throwIfAborted();
    if (isProvablyDead(holder)) return { state: 'dead', holder };
    if (!isThisMachine(holder.host, holder.boot)) throw otherHost(holder, cause);
    if (errorCode(cause) === 'EACCES') throw socketForbidden(holder.socket, cause);
    return { state: 'starting', holder, cause };
  }
}
