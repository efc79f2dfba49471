import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Peer } from '../../src/link/serve.ts';
import { ANSWER_FRAME_MAX_BYTES, FRAME_MAX_BYTES } from '../../src/protocol/limits.ts';
import { until } from '../harness/until.ts';
import { cleanup, connectedPair, rawConnection } from './support.ts';

const after = cleanup();
const ECHO = '{"jsonrpc":"2.0","id":1,"method":"echo","params":{"n":1}}';

function echo(peer: Peer): void {
  peer.onRequest('echo', async (params) => params);
}

test('a request cut in two inside a character is read whole', async () => {
  const { path } = await connectedPair(after, echo);
  const { socket, text } = await rawConnection(after, path);
  const bytes = Buffer.from('{"jsonrpc":"2.0","id":"a","method":"echo","params":{"t":"日"}}\n');
  const middle = bytes.indexOf(Buffer.from('日')) + 1;
  socket.write(bytes.subarray(0, middle));
  await new Promise(setImmediate);
  socket.write(bytes.subarray(middle));
  await until(() => text().includes('\n'), { what: 'the answer' });
  expect(JSON.parse(text())).toEqual({ jsonrpc: '2.0', id: 'a', result: { t: '日' } });
});

test('blank lines and Windows line ends are no fault', async () => {
  const { path } = await connectedPair(after, echo);
  const { socket, text } = await rawConnection(after, path);
  socket.write(`\n\r\n${ECHO}\r\n`);
  await until(() => text().includes('\n'), { what: 'the answer' });
  expect(JSON.parse(text())).toMatchObject({ id: 1, result: { n: 1 } });
});

test.each([
  ['no JSON', 'hello'],
  ['half JSON', ECHO.slice(0, -1)],
  ['a number', '5'],
  ['null', 'null'],
  ['a list', `[${ECHO}]`],
  ['an object', '{}'],
  ['another version', ECHO.replace('2.0', '1.0')],
  ['a null id', ECHO.replace('"id":1', '"id":null')],
  ['an object as id', ECHO.replace('"id":1', '"id":{}')],
  ['an answer with a null error', '{"jsonrpc":"2.0","id":1,"result":1,"error":null}'],
  ['a cancellation of nothing', '{"jsonrpc":"2.0","method":"$/cancelRequest"}'],
  ['a cancellation without id', '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":null}}'],
])('%s is answered with a parse error, and that connection closed', async (_what, line) => {
  const { path, client } = await connectedPair(after, echo);
  const { socket, text, closed } = await rawConnection(after, path);
  socket.write(`${line}\n${ECHO}\n`);
  await closed;
  expect(JSON.parse(text())).toMatchObject({ id: null, error: { code: -32700, data: { code: 'invalid' } } });
  expect(await client.request('echo', { n: 2 })).toEqual({ n: 2 });
});

test('half a frame before the end harms nobody', async () => {
  const { path, client } = await connectedPair(after, echo);
  const { socket, closed } = await rawConnection(after, path);
  socket.end(ECHO.slice(0, 20));
  await closed;
  expect(await client.request('echo', { n: 2 })).toEqual({ n: 2 });
});

test('a frame over the limit is answered with the limit; what follows is not kept', async () => {
  const { path, client } = await connectedPair(after, echo);
  const { socket, text, closed } = await rawConnection(after, path);
  const before = process.memoryUsage().arrayBuffers;
  const piece = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < 64 && !socket.destroyed; sent += 1) await new Promise((done) => socket.write(piece, done));
  await closed;
  expect(JSON.parse(text()).error.message).toContain(String(FRAME_MAX_BYTES));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * FRAME_MAX_BYTES);
  expect(await client.request('echo', { n: 2 })).toEqual({ n: 2 });
});

test('a request over the limit is refused before it is sent, and the connection lives', async () => {
  const { client } = await connectedPair(after, echo);
  await expect(client.request('echo', { t: 'x'.repeat(FRAME_MAX_BYTES) })).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining(String(FRAME_MAX_BYTES)),
  });
  await expect(client.request('echo', { t: '日'.repeat(FRAME_MAX_BYTES / 3) })).rejects.toMatchObject({
    code: 'invalid',
  });
  const largest = 'x'.repeat(FRAME_MAX_BYTES - 100);
  expect(await client.request('echo', { t: largest })).toEqual({ t: largest });
});

test('an answer over the limit becomes a refusal that says so', async () => {
  const { client } = await connectedPair(after, (peer) => peer.onRequest('long', async () => 'x'.repeat(2000)), {
    server: { writeMaxBytes: 1000 },
  });
  await expect(client.request('long', {})).rejects.toMatchObject({ code: 'invalid', message: /1000 bytes/ });
  expect(ANSWER_FRAME_MAX_BYTES).toBeGreaterThan(FRAME_MAX_BYTES);
});

test('a client that does not read is disconnected, and nothing piles up', async () => {
  const peers: Peer[] = [];
  const { path } = await connectedPair(after, (each) => peers.push(each), { server: { unsentMaxBytes: 100_000 } });
  const { socket } = await rawConnection(after, path);
  socket.pause();
  const peer = await until(() => peers[1], { what: 'the connection' });
  for (let n = 0; n < 1000 && !peer.isClosed; n += 1) peer.notify('log', { text: 'x'.repeat(10_000) });
  expect(await peer.closed).toBe('it does not read what it is sent');
});

test('a flood of requests waits outside: other clients are served meanwhile', async () => {
  let handled = 0;
  const { path, client } = await connectedPair(after, (peer) => {
    echo(peer);
    peer.onNotification('flood', () => (handled += 1));
  });
  const { socket } = await rawConnection(after, path);
  const total = 20_000;
  socket.write('{"jsonrpc":"2.0","method":"flood","params":{}}\n'.repeat(total));
  await until(() => handled > 0, { what: 'the flood to begin' });
  for (let n = 0; n < 20; n += 1) expect(await client.request('echo', { n })).toEqual({ n });
  expect(handled).toBeLessThan(total);
  await until(() => handled === total, { what: 'the flood to end' });
});

test('three thousand mutated frames: the server answers or closes, and lives', async () => {
  const { path, client } = await connectedPair(after, echo);
  const frame = Buffer.from(`${ECHO}\n`);
  const change = fc.record({
    at: fc.nat(frame.length - 1),
    how: fc.constantFrom('flip', 'drop', 'double', 'cut'),
    byte: fc.nat(255),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(frame.length), async (changes, cut) => {
      const { socket, closed } = await rawConnection(() => {}, path);
      const bytes = changes.reduce<Buffer>(
        (bytes, { at, how, byte }) => mutate(bytes, at % bytes.length, how, byte),
        frame,
      );
      socket.write(bytes.subarray(0, cut));
      socket.end(bytes.subarray(cut));
      await closed;
    }),
    { numRuns: 3000 },
  );
  expect(await client.request('echo', { n: 2 })).toEqual({ n: 2 });
});

function mutate(frame: Buffer, at: number, how: string, byte: number): Buffer {
  const [head, tail] = [frame.subarray(0, at), frame.subarray(at)];
  if (how === 'flip') return Buffer.concat([head, Buffer.from([byte]), tail.subarray(1)]);
  if (how === 'drop') return Buffer.concat([head, tail.subarray(1 + (byte % 8)), Buffer.from('\n')]);
  if (how === 'double') return Buffer.concat([head, tail, tail]);
  return Buffer.concat([head, Buffer.from('\n')]);
}
