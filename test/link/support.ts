import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, vi } from 'vitest';
import type { Channel, ChannelLimits } from '../../src/link/channel.ts';
import { connectOnce } from '../../src/link/connect.ts';
import { type LinkServer, type Peer, serve } from '../../src/link/serve.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

/** Ends everything a test of this file has opened, last first. */
export function cleanup(): (end: () => unknown) => void {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return (end) => ends.push(end);
}

export async function temporaryFolder(after: (end: () => unknown) => void): Promise<string> {
  const folder = await mkdtemp(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-link-'));
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Pair {
  path: string;
  server: LinkServer;
  peer: Peer;
  client: Channel;
}

/** A server, and one connection to it seen from both ends. `prepare` sets the handlers of every peer. */
export async function connectedPair(
  after: (end: () => unknown) => void,
  prepare: (peer: Peer) => void = () => {},
  limits: { server?: Partial<ChannelLimits>; client?: Partial<ChannelLimits> } = {},
): Promise<Pair> {
  const path = join(await temporaryFolder(after), 's.sock');
  const met = deferred<Peer>();
  const server = await serve({
    path,
    onPeer: (peer) => {
      prepare(peer);
      met.resolve(peer);
    },
    ...(limits.server && { limits: limits.server }),
  });
  after(() => server.close());
  const client = await connectOnce(path, limits.client ? { limits: limits.client } : {});
  after(() => client.close());
  return { path, server, client, peer: await met.promise };
}

/** A connection that can send anything. Collects what it is sent. */
export async function rawConnection(
  after: (end: () => unknown) => void,
  path: string,
): Promise<{ socket: Socket; text: () => string; closed: Promise<unknown> }> {
  const socket = createConnection({ path });
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  after(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, text: () => text, closed };
}

/** A folder that stands for a git common directory, with the environment of processes started from here. */
export interface Place {
  sandbox: Sandbox;
  commonDir: string;
  stateDir: string;
  /** What the stand-in coordinators of this place have noted. */
  notes(): Note[];
}

export interface Note {
  pid: number;
  event: string;
  peer?: number;
  cwd?: string;
  environment?: string[];
  params?: { call?: string; session?: string };
}

export async function makePlace(after: (end: () => unknown) => void): Promise<Place> {
  const sandbox = await makeSandbox();
  after(() => sandbox.dispose());
  for (const name of ['HOME', 'XDG_RUNTIME_DIR']) vi.stubEnv(name, sandbox.env[name]);
  after(() => vi.unstubAllEnvs());
  const commonDir = join(sandbox.root, 'common');
  await mkdir(commonDir);
  const stateDir = join(commonDir, 'paw');
  return { sandbox, commonDir, stateDir, notes: () => readNotes(stateDir) };
}

/** Bundles the stand-in coordinator once for a test file: Node 20 cannot run TypeScript. */
export function standInCoordinator(): () => Promise<string> {
  let built: Promise<{ folder: string; file: string }> | undefined;
  afterAll(async () => {
    if (built) await rm((await built).folder, { recursive: true, force: true });
  });
  return async () => {
    built ??= bundle();
    return (await built).file;
  };
}

async function bundle(): Promise<{ folder: string; file: string }> {
  const folder = await mkdtemp(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-link-bundle-'));
  const file = join(folder, 'coordinator.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'fixtures/coordinator.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return { folder, file };
}

function readNotes(stateDir: string): Note[] {
  try {
    const lines = readFileSync(join(stateDir, 'calls.jsonl'), 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Note);
  } catch {
    return [];
  }
}

export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
