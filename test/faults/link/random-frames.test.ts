import { afterEach, beforeEach, expect, it } from 'vitest';
import { configure, holderOf, linkTo, readLog } from '../../e2e/coordinators.ts';
import { runCli } from '../../harness/cli.ts';
import type { TestRepository } from '../../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../../harness/sandbox.ts';
import { until } from '../../harness/until.ts';
import { inForm } from '../form.ts';
import { type Random, randomFor, seeded } from '../random.ts';
import { defectsOf, memoryOf } from './coordinator-process.ts';
import { brokenFrame, randomMessage } from './mutations.ts';
import { rawClient, sayHello } from './raw-client.ts';
import { REQUESTS, requestLine } from './requests.ts';

/* Whatever arrives at the socket, the coordinator answers it or ends that connection, and serves everybody else. */

const FRAMES = inForm({ short: 20_000, long: 1_000_000 });
const LANES = 8;
/** Frames on one connection; the last one is broken. */
const FRAMES_PER_CONNECTION = 20;
/** The code of an error that is nobody's fault but the coordinator's. */
const INTERNAL = '"code":"internal"';
/** Of those, so many are shown. */
const SHOWN = 10;
const SENTINEL = 'sentinel';
/** More than a coordinator with this much traffic needs, in bytes. */
const MEMORY_MAX_BYTES = 400 * 1024 * 1024;

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/y'] });
  // The log is compared before and after, so nothing of it may be retired.
  configure(repository, { retention: { messages: 1_000_000, bytes: 1024 ** 3 } });
  expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
});
afterEach(() => sandbox.dispose());

it(`${FRAMES} random frames`, async () => {
  const random = randomFor('random frames');
  const { pid } = holderOf(repository);
  let sent = 0;
  const take = (): number => {
    const count = Math.min(FRAMES_PER_CONNECTION, FRAMES - sent);
    sent += count;
    return count;
  };
  let answers = 0;
  const internal: string[] = [];
  const lane = async (own: Random): Promise<void> => {
    for (let count = take(); count > 0; count = take()) {
      const lines = await converse(own, count);
      answers += lines.length;
      internal.push(...lines.filter((line) => line.includes(INTERNAL)));
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(seeded(random.seed + index))));
  console.log(`${FRAMES} frames, ${answers} answers, ${Math.round(memoryOf(pid) / 1024 / 1024)} MB.`);

  expect(holderOf(repository)).toMatchObject({ pid });
  expect(internal.slice(0, SHOWN)).toEqual([]);
  expect(defectsOf(repository)).toEqual([]);
  expect(memoryOf(pid)).toBeLessThan(MEMORY_MAX_BYTES);
  expect(answers).toBeGreaterThan(FRAMES / 2);
  await expectServed();
  const log = await readLog(sandbox, repository);
  expect(log.length).toBeGreaterThan(0);
  expect(await runCli(sandbox, repository.main, ['stop'])).toMatchObject({ code: 0 });
  expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
  expect((await readLog(sandbox, repository)).slice(0, log.length)).toEqual(log);
});

/** One connection: messages, then something broken, or half of something. Returns the lines that came back. */
async function converse(random: Random, frames: number): Promise<readonly string[]> {
  const client = await rawClient(holderOf(repository).socket);
  try {
    if (random.chance(0.9)) await sayHello(client, random.pick(REQUESTS.hello));
    for (let number = 1; number < frames; number += 1) client.send(randomMessage(random, number));
    const last = brokenFrame(random);
    const isWhole = random.chance(0.7);
    client.send(isWhole ? last : last.subarray(0, random.below(last.length)));
    if (!isWhole && random.chance(0.5)) client.socket.end();
    else if (isWhole) client.send(requestLine(SENTINEL, 'log', { limit: 1 }));
    else client.destroy();
    await client.answered(SENTINEL);
    return client.lines;
  } finally {
    client.destroy();
    await client.closed;
  }
}

async function expectServed(): Promise<void> {
  const person = linkTo(sandbox, repository);
  // A frame may have paused everybody.
  await person.request('resume', { agent: 'all' }).catch(() => undefined);
  const agent = linkTo(sandbox, repository, { kind: 'agent', agent: 'newcomer' });
  const { seq } = await agent.request('publish', { input: { type: 'note', text: 'still here?', to: ['human'] } });
  const { messages } = await person.request('log', { since: seq - 1, limit: 1 });
  expect(messages).toMatchObject([{ seq, payload: { text: 'still here?' } }]);
  await until(async () => (await agent.request('claim', { names: ['a thing of its own'] })).granted, {
    what: 'a claim',
  });
}
