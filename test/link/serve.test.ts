import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectOnce } from '../../src/link/connect.ts';
import { type Peer, serve } from '../../src/link/serve.ts';
import { until } from '../harness/until.ts';
import { cleanup, connectedPair, rawConnection, temporaryFolder } from './support.ts';

const after = cleanup();
const onPeer = (): void => {};

test('only its owner can use the socket', async () => {
  const { path } = await connectedPair(after);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a path that is served is not taken over', async () => {
  const { path, client } = await connectedPair(after, (peer) => peer.onRequest('echo', async (params) => params));
  await expect(serve({ path, onPeer })).rejects.toMatchObject({
    code: 'environment',
    message: expect.stringContaining(path),
  });
  expect(await client.request('echo', { still: 'here' })).toEqual({ still: 'here' });
});

test('a foreign file at the path stays, and the error names it', async () => {
  const path = join(await temporaryFolder(after), 's.sock');
  writeFileSync(path, 'precious');
  await expect(serve({ path, onPeer })).rejects.toMatchObject({
    code: 'environment',
    message: expect.stringContaining(path),
  });
  expect(statSync(path).size).toBe(8);
});

test('a folder that does not exist is named', async () => {
  const path = join(await temporaryFolder(after), 'missing', 's.sock');
  await expect(serve({ path, onPeer })).rejects.toMatchObject({
    code: 'environment',
    message: expect.stringContaining(path),
  });
});

test('closing sends what was written, ends the connections and removes the socket', async () => {
  const { path, server, peer, client } = await connectedPair(after);
  const seen: unknown[] = [];
  client.onNotification('stopping', (params) => seen.push(params));
  peer.notify('stopping', { text: 'x'.repeat(500_000) });
  await Promise.all([server.close(), server.close()]);
  await client.closed;
  expect(seen).toHaveLength(1);
  expect(existsSync(path)).toBe(false);
  await expect(connectOnce(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('closing ends a connection whose other side neither reads nor closes', async () => {
  const peers: Peer[] = [];
  const path = join(await temporaryFolder(after), 's.sock');
  const server = await serve({ path, onPeer: (peer) => peers.push(peer) });
  const { socket } = await rawConnection(after, path);
  socket.pause();
  const peer = await until(() => peers[0], { what: 'the connection' });
  peer.notify('x', { text: 'x'.repeat(2_000_000) });
  await server.close();
  expect(await peer.closed).toBe('the coordinator ends');
});

test('an aborted signal closes the server', async () => {
  const path = join(await temporaryFolder(after), 's.sock');
  const controller = new AbortController();
  const server = await serve({ path, onPeer, signal: controller.signal });
  controller.abort();
  await server.close();
  expect(existsSync(path)).toBe(false);
});
