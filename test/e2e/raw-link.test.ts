import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FRAME_MAX_BYTES } from '../../src/protocol/limits.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import { isRunning } from '../harness/processes.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { holderOf } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
let session: Session;
let socket: Socket;
let lines: AsyncIterator<string>;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository();
  session = await openSession(sandbox, repository.main);
  await session.call('status');
  socket = connect(holderOf(repository).socket);
  // What the other side closes is looked at by the tests themselves.
  socket.on('error', () => {});
  lines = createInterface({ input: socket })[Symbol.asyncIterator]();
});
afterEach(async () => {
  socket.destroy();
  await sandbox.dispose();
});

interface Answer {
  id: number | null;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/** Writes one line, and returns the next answer that comes. */
async function ask(line: string | object): Promise<Answer> {
  socket.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The connection ended without an answer.');
    const message: Answer | { method: string } = JSON.parse(value);
    if (!('method' in message)) return message;
  }
}

function hello(protocol: number): object {
  const params = { protocol, kind: 'person', session: 'a-raw-session', pid: process.pid };
  return { jsonrpc: '2.0', id: 1, method: 'hello', params };
}

describe('on the socket itself', () => {
  it('a client of another version is told what to do, and can still stop the coordinator', async () => {
    const { pid } = holderOf(repository);
    const newer = await ask(hello(PROTOCOL_VERSION + 1));
    expect(newer.error?.message).toContain(`speaks version ${PROTOCOL_VERSION}`);
    expect(newer.error?.message).toContain('paw-coordinator stop');
    const older = await ask(hello(PROTOCOL_VERSION - 1));
    expect(older.error?.message).toContain('update paw-coordinator here');
    expect(await ask({ jsonrpc: '2.0', id: 2, method: 'stop', params: {} })).toMatchObject({ id: 2, result: { pid } });
    await until(() => !isRunning(pid), { what: 'the coordinator to end' });
    expect(holderOf(repository)).toMatchObject({ pid, stopped: true });
  });

  it('a line over the limit is refused with the limit, and ends that connection only', async () => {
    const closed = once(socket, 'close');
    const answer = await ask('x'.repeat(FRAME_MAX_BYTES + 1));
    expect(answer.error?.message).toContain(`the ${FRAME_MAX_BYTES} bytes the link carries at once`);
    await closed;
    expect(await session.call('status')).toMatchObject({ you: 'main' });
  });

  it('what is no message is refused, and ends that connection only', async () => {
    const closed = once(socket, 'close');
    expect((await ask('GET / HTTP/1.1')).error?.message).toContain('not a JSON-RPC 2.0 message');
    await closed;
    expect(await session.call('status')).toMatchObject({ you: 'main' });
  });

  it('nothing is answered before hello, and nothing that is no request', async () => {
    const early = await ask({ jsonrpc: '2.0', id: 1, method: 'status', params: {} });
    expect(early.error?.message).toContain('must be hello');
    const half = { jsonrpc: '2.0', id: 2, method: 'hello', params: { protocol: PROTOCOL_VERSION } };
    expect((await ask(half)).error?.message).toContain('"hello" is not as the coordinator expects it');
    expect((await ask(hello(PROTOCOL_VERSION))).result).toMatchObject({ agent_id: 'human' });
    const unknown = await ask({ jsonrpc: '2.0', id: 3, method: 'no-such-request', params: {} });
    expect(unknown.error?.message).toContain('no-such-request');
    const malformed = await ask({ jsonrpc: '2.0', id: 4, method: 'log', params: { since: 'x' } });
    expect(malformed.error?.message).toContain('since');
    expect(await ask({ jsonrpc: '2.0', id: 5, method: 'log', params: {} })).toMatchObject({ result: { messages: [] } });
  });
});

it('a message over the limits is refused by the tool with the limit, and nothing is stored', async () => {
  const refused = session.call('publish', { type: 'note', to: 'supervisor', text: 'x'.repeat(100 * 1024) });
  await expect(refused).rejects.toThrow('32,768 bytes');
  const paths = Array.from({ length: 1001 }, (_, index) => `src/${index}.ts`);
  await expect(session.call('publish', { type: 'intent', files: paths, text: 'all' })).rejects.toThrow(/1,?000/);
  await expect(session.call('claim', { paths: [`${'x'.repeat(2 * FRAME_MAX_BYTES)}.ts`] })).rejects.toThrow(
    /paths|long/,
  );
  expect(await runCli(sandbox, repository.main, ['log', '--json'])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await session.call('publish', { type: 'artifact' })).toMatchObject({ seq: 1 });
});
