import { lstatSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { socketInUse } from '../errors/election.ts';
import { errorCode } from './error-code.ts';

/**
 * Frees the path this coordinator is about to listen at. Numbers are never reused, so a socket can only lie there
 * if the state folder was removed and its numbers began anew. Only for the holder of the office.
 *
 * @throws PawError `refused` if somebody answers there; the signal's reason if it is aborted
 */
export async function removeStaleSocket(path: string, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
  if (process.platform === 'win32' || !isSocket(path)) return;
  if (await answers(path, signal)) throw socketInUse(path);
  rmSync(path, { force: true });
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

function answers(path: string, signal: AbortSignal | undefined): Promise<boolean> {
  signal?.throwIfAborted();
  const socket = createConnection(path);
  const onAbort = (): void => {
    socket.destroy(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort);
  return new Promise<boolean>((resolve, reject) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', (error) => {
      if (signal?.aborted) reject(signal.reason);
      // A full queue of connections (EAGAIN) also means that somebody listens.
      else resolve(errorCode(error) !== 'ECONNREFUSED' && errorCode(error) !== 'ENOENT');
    });
  }).finally(() => {
    signal?.removeEventListener('abort', onAbort);
    socket.destroy();
  });
}
