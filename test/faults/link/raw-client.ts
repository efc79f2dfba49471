import { createConnection, type Socket } from 'node:net';
import { requestLine } from './requests.ts';

/** A connection that can send anything, and that is looked at line by line. */
export interface RawClient {
  readonly socket: Socket;
  /** Resolves when the connection has ended, from whichever side. */
  readonly closed: Promise<void>;
  send(text: string | Uint8Array): void;
  /** Resolves when a request with this id was answered, or the connection has ended. */
  answered(id: number | string): Promise<void>;
  /** The lines that have come. */
  readonly lines: readonly string[];
  /** Ends it at once, whatever is under way. */
  destroy(): void;
}

/** Connects to a coordinator, without a word. */
export async function rawClient(path: string): Promise<RawClient> {
  const socket = createConnection({ path });
  const ids = new Set<number | string>();
  const waiting = new Map<number | string, () => void>();
  const lines: string[] = [];
  let rest = '';
  // What the other side ends is no fault of the test.
  socket.on('error', () => {});
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      const { id } = JSON.parse(line) as { id?: number | string | null };
      if (id === undefined || id === null) continue;
      ids.add(id);
      waiting.get(id)?.();
    }
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
  return {
    socket,
    closed,
    send: (text) => void socket.write(text),
    answered(id) {
      if (ids.has(id)) return Promise.resolve();
      return Promise.race([new Promise<void>((resolve) => waiting.set(id, resolve)), closed]);
    },
    lines,
    destroy: () => socket.destroy(),
  };
}

/** Says hello on a connection; resolves when that was answered. */
export async function sayHello(client: RawClient, params: object): Promise<void> {
  client.send(requestLine('hello', 'hello', params));
  await client.answered('hello');
}
