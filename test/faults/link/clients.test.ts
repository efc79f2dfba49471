import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LinkClient } from '../../../src/link/client.ts';
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts';
import { configure, holderOf, linkTo } from '../../e2e/coordinators.ts';
import { runCli } from '../../harness/cli.ts';
import type { TestRepository } from '../../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../../harness/sandbox.ts';
import { until } from '../../harness/until.ts';
import { defectsOf, memoryOf, openSocketsOf } from './coordinator-process.ts';
import { type RawClient, rawClient, sayHello } from './raw-client.ts';
import { requestLine } from './requests.ts';

/* Clients that do not read, that stop in the middle of a line, or that are many. */

const CLIENTS = 200;
const MEGABYTE = 1024 * 1024;
/** What a coordinator may need beyond what it had, whatever one client does, in bytes. */
const GROWTH_MAX_BYTES = 200 * MEGABYTE;
/** A log whose page is this large makes answers that nobody reads pile up quickly. */
const NOTES = 60;
const NOTE = 'x'.repeat(30_000);
const UNREAD_REQUESTS = 900;

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
  configure(repository, { retention: { bytes: 256 * MEGABYTE } });
  expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
});
afterEach(() => sandbox.dispose());

async function connect(session: string): Promise<RawClient> {
  const client = await rawClient(holderOf(repository).socket);
  sandbox.defer(async () => client.destroy());
  await sayHello(client, { protocol: PROTOCOL_VERSION, kind: 'person', session, pid: process.pid });
  return client;
}

it.each([
  ['large answers', 'log', { limit: 500 }],
  ['many small answers', 'status', {}],
])('a client that asks for %s and never reads is disconnected, and memory stays bounded', async (_, method, params) => {
  const { pid } = holderOf(repository);
  const person = linkTo(sandbox, repository);
  for (let note = 0; note < NOTES; note += 1)
    await person.request('publish', { input: { type: 'note', text: NOTE, to: ['feat/a'] } });
  const before = memoryOf(pid);
  let highest = before;
  const deaf = await connect('a-deaf-session');
  deaf.socket.pause();
  let isClosed = false;
  void deaf.closed.then(() => {
    isClosed = true;
  });
  for (let round = 1; !isClosed; round += 1) {
    for (let id = 0; id < UNREAD_REQUESTS && !deaf.socket.destroyed; id += 1)
      deaf.send(requestLine(`${round}-${id}`, method, params));
    // Everybody else is served meanwhile.
    expect((await person.request('log', { limit: 1 })).last).toBeGreaterThanOrEqual(NOTES);
    highest = Math.max(highest, memoryOf(pid));
    expect(highest - before).toBeLessThan(GROWTH_MAX_BYTES);
    expect(deaf.socket.writableLength, 'bytes that are still on their way to it').toBeLessThan(100 * MEGABYTE);
  }
  console.log(`It grew by ${Math.round((highest - before) / MEGABYTE)} MB at most.`);
  expect(holderOf(repository).pid).toBe(pid);
  expect(defectsOf(repository)).toEqual([]);
});

it(`${CLIENTS} clients at once are served, and leave nothing`, async () => {
  const { pid } = holderOf(repository);
  const person = linkTo(sandbox, repository);
  await person.request('status', {});
  const socketsBefore = openSocketsOf(pid);
  const links = Array.from({ length: CLIENTS }, (_, index) =>
    linkTo(sandbox, repository, { kind: 'agent', agent: `w${index}` }),
  );
  await Promise.all(links.map((link) => link.greet()));
  expect(await onlineAgents(person)).toBe(CLIENTS);
  const mail = await Promise.all(
    links.map(async (link, index) => {
      const polled = link.request('poll', { wait_seconds: 50 });
      const to = [`w${(index + 1) % CLIENTS}`];
      const [{ messages }, claim] = await Promise.all([
        polled,
        link.request('claim', { targets: [{ path: `src/${index}` }] }),
        link.request('publish', { input: { type: 'note', text: `to ${to}`, to } }),
      ]);
      expect(claim.granted).toBe(true);
      return messages.map(({ payload }) => payload);
    }),
  );
  expect(mail).toEqual(links.map((_, index) => [{ text: `to w${index}` }]));
  const { claims = [] } = await person.request('status', { detail: 'full' });
  expect(claims).toHaveLength(CLIENTS);
  await Promise.all(links.map((link) => link.close()));
  await until(async () => (await onlineAgents(person)) === 0, { what: 'all to be offline' });
  await untilClosed(pid, socketsBefore);
  expect(defectsOf(repository)).toEqual([]);
});

it(`${CLIENTS} connections that stop in the middle of a line are in nobody's way, and leave nothing`, async () => {
  const { pid } = holderOf(repository);
  const person = linkTo(sandbox, repository);
  await person.request('status', {});
  const socketsBefore = openSocketsOf(pid);
  const before = memoryOf(pid);
  const half = requestLine(1, 'publish', { input: { type: 'note', text: NOTE, to: ['human'] } }).slice(0, -100);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => rawClient(holderOf(repository).socket)));
  sandbox.defer(async () => {
    for (const client of clients) client.destroy();
  });
  for (const client of clients) client.send(half);
  for (let call = 0; call < CLIENTS; call += 1) await person.request('status', {});
  const newcomer = linkTo(sandbox, repository, { kind: 'agent', agent: 'newcomer' });
  expect(await newcomer.request('claim', { targets: [{ path: 'src' }] })).toMatchObject({ granted: true });
  await newcomer.close();
  expect(memoryOf(pid) - before).toBeLessThan(GROWTH_MAX_BYTES);
  // Half of them end in order, half at once.
  for (const [index, client] of clients.entries()) index % 2 === 0 ? client.socket.end() : client.destroy();
  await untilClosed(pid, socketsBefore);
  expect(defectsOf(repository)).toEqual([]);
});

/** Waits until the coordinator has no more sockets than before. */
async function untilClosed(pid: number, before: number | undefined): Promise<void> {
  await until(() => (openSocketsOf(pid) ?? 0) <= (before ?? 0), { what: 'their connections to be closed' });
}

async function onlineAgents(person: LinkClient): Promise<number> {
  const { agents } = await person.request('status', {});
  return agents.filter(({ online }) => online).length;
}
