import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PawError } from '../../src/errors/paw-error.ts';
import { REQUESTS_MAX } from '../../src/link/channel.ts';
import { connectOnce } from '../../src/link/connect.ts';
import type { Peer } from '../../src/link/serve.ts';
import { ConnectionLost } from '../../src/link/wire-errors.ts';
import { until } from '../harness/until.ts';
import { cleanup, connectedPair, deferred, rawConnection, temporaryFolder } from './support.ts';

const after = cleanup();

test('a request is answered with what its handler returns, in any script', async () => {
  const { client } = await connectedPair(after, (peer) => peer.onRequest('echo', async (params) => params));
  const text = 'zwölf Boxkämpfer 日本語 👩‍🚀 line\nbreak \u2028 \ud800';
  expect(await client.request('echo', { text })).toEqual({ text });
});

test('a handler that returns nothing is answered with null', async () => {
  const { client } = await connectedPair(after, (peer) => peer.onRequest('quiet', async () => undefined));
  expect(await client.request('quiet', {})).toBeNull();
});

test('concurrent requests are answered each with its own, in the order in which they are ready', async () => {
  const gates = new Map([0, 1, 2].map((n) => [n, deferred<void>()]));
  const { client } = await connectedPair(after, (peer) =>
    peer.onRequest('wait', async (params) => {
      const { n } = params as { n: number };
      await gates.get(n)?.promise;
      return n;
    }),
  );
  const order: unknown[] = [];
  const calls = [0, 1, 2].map((n) => client.request('wait', { n }).then((answer) => order.push(answer)));
  for (const n of [2, 0, 1]) {
    gates.get(n)?.resolve();
    await calls[n];
  }
  expect(order).toEqual([2, 0, 1]);
});

test('500 requests sent in one turn arrive in order', async () => {
  const seen: number[] = [];
  const { client } = await connectedPair(after, (peer) =>
    peer.onRequest('n', async (params) => seen.push((params as { n: number }).n)),
  );
  await Promise.all(Array.from({ length: 500 }, (_, n) => client.request('n', { n })));
  expect(seen).toEqual(Array.from({ length: 500 }, (_, n) => n));
});

test('a refusal arrives with code and text', async () => {
  const { client } = await connectedPair(after, (peer) =>
    peer.onRequest('no', async () => {
      throw new PawError('refused', 'Not now. Ask later.');
    }),
  );
  await expect(client.request('no', {})).rejects.toMatchObject({ code: 'refused', message: 'Not now. Ask later.' });
});

test('a request nobody handles is refused by name', async () => {
  const { client } = await connectedPair(after);
  await expect(client.request('dance', {})).rejects.toMatchObject({ code: 'unknown', message: /"dance"/ });
});

test('aborting cancels the request at its handler and rejects with the reason', async () => {
  const handler = deferred<AbortSignal>();
  const { client } = await connectedPair(after, (peer) => waitForever(peer, handler.resolve));
  const controller = new AbortController();
  const call = client.request('wait', {}, controller.signal);
  const signal = await handler.promise;
  controller.abort(new Error('the user pressed escape'));
  await expect(call).rejects.toThrow('the user pressed escape');
  await until(() => signal.aborted, { what: 'the handler to be told' });
  expect(signal.reason).toMatchObject({ code: 'refused', message: /cancelled/ });
});

test('an aborted signal stops a request before it is sent', async () => {
  let asked = 0;
  const { client } = await connectedPair(after, (peer) => peer.onRequest('count', async () => (asked += 1)));
  await expect(client.request('count', {}, AbortSignal.abort(new Error('early')))).rejects.toThrow('early');
  expect(await client.request('count', {})).toBe(1);
});

test('a client that disconnects aborts the signals of its requests', async () => {
  const handler = deferred<AbortSignal>();
  const { client } = await connectedPair(after, (peer) => waitForever(peer, handler.resolve));
  const lost = expect(client.request('wait', {})).rejects.toBeInstanceOf(ConnectionLost);
  const signal = await handler.promise;
  client.close();
  await until(() => signal.aborted, { what: 'the handler to be told' });
  await lost;
});

test('the server can push', async () => {
  const { client, peer } = await connectedPair(after);
  const pushed = deferred<unknown>();
  client.onNotification('changed', pushed.resolve);
  peer.notify('changed', { view: 'status' });
  expect(await pushed.promise).toEqual({ view: 'status' });
  const other = deferred<unknown>();
  client.onOtherNotifications((method, params) => other.resolve([method, params]));
  peer.notify('stopping', {});
  expect(await other.promise).toEqual(['stopping', {}]);
});

test('a notification that cannot be taken ends that connection and no other', async () => {
  const { path, client, peer } = await connectedPair(after, (each) => {
    each.onRequest('echo', async (params) => params);
    each.onNotification('ack', () => {
      throw new PawError('invalid', 'There is no such batch.');
    });
  });
  const other = await connectOnce(path);
  after(() => other.close());
  client.notify('ack', {});
  expect(await peer.closed).toBe('There is no such batch.');
  await expect(client.request('echo', {})).rejects.toBeInstanceOf(ConnectionLost);
  expect(await other.request('echo', { n: 1 })).toEqual({ n: 1 });
});

test('the id of a request that is under way cannot be used again', async () => {
  const { path, client } = await connectedPair(after, (peer) => {
    waitForever(peer, () => {});
    peer.onRequest('echo', async (params) => params);
  });
  const { socket, text, closed } = await rawConnection(after, path);
  socket.write('{"jsonrpc":"2.0","id":1,"method":"wait"}\n{"jsonrpc":"2.0","id":1,"method":"wait"}\n');
  await closed;
  expect(JSON.parse(text())).toMatchObject({ id: null, error: { code: -32700, message: /under way/ } });
  expect(await client.request('echo', { n: 1 })).toEqual({ n: 1 });
});

test('an answer to nothing that was asked is passed over', async () => {
  const path = join(await temporaryFolder(after), 's.sock');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('{"jsonrpc":"2.0","id":7,"result":1}\n{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"?"}}\n');
    socket.once('data', () => socket.write('{"jsonrpc":"2.0","id":1,"result":{"n":1}}\n'));
  });
  after(() => server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const client = await connectOnce(path);
  after(() => client.close());
  expect(await client.request('echo', { n: 1 })).toEqual({ n: 1 });
});

test('what a client notifies just before it closes still arrives', async () => {
  const seen: unknown[] = [];
  const { client, peer } = await connectedPair(after, (each) =>
    each.onNotification('ack', (params) => seen.push(params)),
  );
  for (let n = 0; n < 20; n += 1) client.notify('ack', { n });
  client.close();
  await peer.closed;
  expect(seen).toHaveLength(20);
});

test('no listener is left on a signal, however a request ends', async () => {
  const { client, peer } = await connectedPair(after, (each) => {
    each.onRequest('echo', async (params) => params);
    waitForever(each, () => {});
    each.onRequest('no', async () => {
      throw new PawError('refused', 'No.');
    });
  });
  const controller = new AbortController();
  const { signal } = controller;
  await client.request('echo', {}, signal);
  await client.request('no', {}, signal).catch(() => {});
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  const waiting = Promise.allSettled(Array.from({ length: 5 }, () => client.request('wait', {}, signal)));
  expect(getEventListeners(signal, 'abort')).toHaveLength(5);
  peer.close();
  await waiting;
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('a connection with too many open requests has further ones refused, and goes on', async () => {
  const { client } = await connectedPair(after, (peer) => {
    waitForever(peer, () => {});
    peer.onRequest('echo', async (params) => params);
  });
  const controllers = Array.from({ length: REQUESTS_MAX }, () => new AbortController());
  const open = controllers.map(({ signal }) => client.request('wait', {}, signal));
  await expect(client.request('wait', {})).rejects.toMatchObject({ code: 'refused', message: /1000/ });
  for (const controller of controllers) controller.abort(new Error('enough'));
  await Promise.allSettled(open);
  expect(await until(() => client.request('echo', { n: 1 }), { what: 'a free place' })).toEqual({ n: 1 });
});

test('after the end, requests are lost and notifications dropped', async () => {
  const { client, server } = await connectedPair(after);
  await server.close();
  expect(await client.closed).toBe('closed by the other side');
  await expect(client.request('echo', {})).rejects.toBeInstanceOf(ConnectionLost);
  client.notify('ack', {});
});

function waitForever(peer: Peer, told: (signal: AbortSignal) => void): void {
  peer.onRequest('wait', (_params, { signal }) => {
    told(signal);
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  });
}
