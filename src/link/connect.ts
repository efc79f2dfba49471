import { createConnection } from 'node:net';
import { ANSWER_FRAME_MAX_BYTES, FRAME_MAX_BYTES } from '../protocol/limits.ts';
import { Channel, type ChannelLimits } from './channel.ts';

export interface ConnectOptions {
  signal?: AbortSignal;
  limits?: Partial<ChannelLimits>;
}

/**
 * Opens one connection to the socket at `path`, without any retry. Rejects with the error of the operating
 * system (`ENOENT`: nothing is there; `ECONNREFUSED`: nobody listens; `EACCES`: not for this user), or with
 * the reason of `signal`.
 */
export function connectOnce(path: string, { signal, limits }: ConnectOptions = {}): Promise<Channel> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = createConnection({ path });
    const settle = (): void => {
      socket.off('connect', onConnect);
      socket.off('error', onError);
      signal?.removeEventListener('abort', onAbort);
    };
    const onConnect = (): void => {
      settle();
      const channel = new Channel(socket, {
        readMaxBytes: ANSWER_FRAME_MAX_BYTES,
        writeMaxBytes: FRAME_MAX_BYTES,
        ...limits,
      });
      resolve(channel);
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onAbort = (): void => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(signal?.reason);
    };
    socket.once('connect', onConnect);
    socket.once('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
