import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { StdioLines } from '../../src/agent/stdio-lines.ts';
import { until } from '../harness/until.ts';

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'status', arguments: {} } };

let input: PassThrough;
let output: PassThrough;
let lines: StdioLines;
let events: unknown[];

beforeEach(async () => {
  input = new PassThrough();
  output = new PassThrough();
  await open(output);
});

async function open(to: Writable): Promise<void> {
  lines = new StdioLines(input, to);
  events = [];
  lines.onmessage = (message) => void events.push(message);
  lines.onerror = (error) => void events.push(error.message);
  lines.onclose = () => void events.push('closed');
  await lines.start();
}

const line = (message: unknown): string => `${JSON.stringify(message)}\n`;

describe('what is read', () => {
  test('is a message a line, also if it comes in pieces or many at once', async () => {
    const bytes = Buffer.from(line({ ...CALL, id: 'zwölf' }) + line(CALL) + line({ ...CALL, id: 2 }));
    for (const byte of bytes.subarray(0, 60)) input.write(Buffer.from([byte]));
    input.write(bytes.subarray(60));
    await until(() => events.length === 3, { what: 'three messages' });
    expect(events).toEqual([{ ...CALL, id: 'zwölf' }, CALL, { ...CALL, id: 2 }]);
  });

  test('may end its lines as on Windows, and hold empty ones and ones that are no JSON', async () => {
    input.write(`\r\n\nhello\n${JSON.stringify(CALL)}\r\n`);
    await until(() => events.length > 0, { what: 'the message' });
    expect(events).toEqual([CALL]);
  });

  test.each([
    ['a number', 5],
    ['a list', [CALL]],
    ['another version', { ...CALL, jsonrpc: '1.0' }],
    ['an id that is none', { ...CALL, id: {} }],
    ['a call with a key too many', { ...CALL, more: 1 }],
    ['parameters that are no object', { ...CALL, params: [] }],
  ])('is reported if it is no message: %s', async (_what, value) => {
    input.write(line(value) + line(CALL));
    await until(() => events.length === 2, { what: 'the report and the next message' });
    expect(events).toEqual([expect.any(String), CALL]);
  });

  test.each([
    ['another method', { jsonrpc: '2.0', id: 1, method: 'ping' }],
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }],
    ['an answer', { jsonrpc: '2.0', id: 1, result: {} }],
    ['a call with more than usual', { ...CALL, params: { ...CALL.params, task: {} } }],
  ])('is handed on as it is: %s', async (_what, value) => {
    input.write(line(value));
    await until(() => events.length > 0, { what: 'the message' });
    expect(events).toEqual([value]);
  });

  test('closes it if it is too long for a message', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    for (let mebibyte = 0; mebibyte < 11; mebibyte += 1) input.write(piece);
    await until(() => events.includes('closed'), { what: 'the end' });
    expect(events).toEqual([expect.stringContaining('longer than 10485760 bytes'), 'closed']);
  });

  test('closes it with its end, once, and is not listened to any more', async () => {
    input.end(line(CALL));
    await until(() => events.includes('closed'), { what: 'the end' });
    await lines.close();
    expect(events).toEqual([CALL, 'closed']);
    expect(input.listenerCount('data')).toBe(0);
  });

  test('may have ended before', async () => {
    input.end().resume();
    await once(input, 'close');
    await open(output);
    await until(() => events.includes('closed'), { what: 'the end' });
  });
});

describe('what is written', () => {
  test('is a line, and waited for', async () => {
    await lines.send({ jsonrpc: '2.0', id: 1, result: {} });
    expect(String(output.read())).toBe('{"jsonrpc":"2.0","id":1,"result":{}}\n');
  });

  test('fails when nobody takes it, and closes it; later failures are nobody’s business', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    await open(broken);
    await expect(lines.send({ jsonrpc: '2.0', id: 1, result: {} })).rejects.toThrow('EPIPE');
    await until(() => events.includes('closed'), { what: 'the end' });
    expect(events).toEqual(['EPIPE', 'closed']);
    await expect(lines.send({ jsonrpc: '2.0', id: 2, result: {} })).rejects.toThrow('The client has gone.');
    broken.emit('error', new Error('late'));
    expect(events).toHaveLength(2);
  });
});
