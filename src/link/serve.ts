import { chmodSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { socketTaken, socketUnusable } from '../errors/link.ts';
import type { PawError } from '../errors/paw-error.ts';
import { ANSWER_FRAME_MAX_BYTES, FRAME_MAX_BYTES } from '../protocol/limits.ts';
import { Channel, type ChannelLimits } from './channel.ts';

/** Connections the operating system may hold ready until they are accepted. */
const BACKLOG = 511;
const OWNER_ONLY = 0o600;

/** A client, as the coordinator sees it. */
export type Peer = Pick<Channel, 'id' | 'closed' | 'isClosed' | 'onRequest' | 'onNotification' | 'notify' | 'close'>;

export interface ServeOptions {
  /** Path of the socket, or name of the pipe on Windows. */
  path: string;
  /** Called for every new connection; set its handlers before returning. */
  onPeer: (peer: Peer) => void;
  /** Told of a connection that could not be accepted, such as for want of file descriptors. The server goes on. */
  onError?: (error: Error) => void;
  /** Closes the server when aborted. */
  signal?: AbortSignal;
  limits?: Partial<ChannelLimits>;
}

export interface LinkServer {
  readonly path: string;
  /** Stops listening, ends every connection after what was written, and removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens at `path`, with a socket only its owner can use. Rejects with a `PawError` if something is there
 * already: it is never replaced, as it may belong to a living coordinator.
 */
export async function serve({ path, onPeer, onError, signal, limits }: ServeOptions): Promise<LinkServer> {
  signal?.throwIfAborted();
  const peers = new Set<Channel>();
  const server = createServer((socket) => {
    const peer = new Channel(socket, {
      readMaxBytes: FRAME_MAX_BYTES,
      writeMaxBytes: ANSWER_FRAME_MAX_BYTES,
      ...limits,
    });
    peers.add(peer);
    void peer.closed.then(() => peers.delete(peer));
    onPeer(peer);
  });
  await listen(server, path);
  server.on('error', (error) => onError?.(error));

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      signal?.removeEventListener('abort', close);
      // The socket's file goes with the server's handle.
      server.close(() => resolve());
      for (const peer of peers) peer.close('the coordinator ends');
    });
    return closing;
  };
  signal?.addEventListener('abort', close, { once: true });
  return { path, close };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(listenError(path, error));
    server.once('error', onError);
    server.listen({ path, backlog: BACKLOG }, () => {
      server.off('error', onError);
      try {
        if (process.platform !== 'win32') chmodSync(path, OWNER_ONLY);
        resolve();
      } catch (error) {
        server.close();
        reject(socketUnusable(path, error));
      }
    });
  });
}

function listenError(path: string, error: NodeJS.ErrnoException): PawError {
  return error.code === 'EADDRINUSE' ? socketTaken(path) : socketUnusable(path, error);
}
