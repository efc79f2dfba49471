import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LinkClient } from '../../../src/link/client.ts';
import type { StoredMessage } from '../../../src/protocol/messages.ts';
import { configure, coordinatorsOf, holderOf, killCoordinator, linkTo, readLog } from '../../e2e/coordinators.ts';
import { isRunning } from '../../harness/processes.ts';
import type { TestRepository } from '../../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../../harness/sandbox.ts';
import { until } from '../../harness/until.ts';
import { inForm } from '../form.ts';
import { type Random, randomFor } from '../random.ts';
import { textOf, thingOf } from './agent.ts';
import { checkHistory } from './check-history.ts';
import { type Load, startLoad } from './drivers.ts';
import type { Holding, LogMessage } from './history.ts';

/* 50 agents under load, and a coordinator that is killed again and again: what was told to anybody holds. */

const AGENTS = 50;
const PROCESSES = 2;
const KILLS = inForm({ short: 6, long: 100 });
/** So often the next coordinator is killed while it starts. */
const WHILE_STARTING = 0.2;
/** A start takes about this long, in milliseconds. */
const START_MS = 300;
/** Up to so many answers are given between the last agent's return and the next kill. */
const ANSWERS_MAX = 2000;
/** How long all agents may take to be answered again, in milliseconds. */
const BACK_MAX_MS = 30_000;
/** Messages kept: more than are sent while anybody is slow, few enough for snapshots to stay quick. */
const RETAINED = 30_000;
const LOG_PAGE = 500;
/** Broken promises that are shown; one fault can break many. */
const SHOWN = 20;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

it(`${KILLS} kills lose, double and mix up nothing that was acknowledged, and every session goes on`, async () => {
  const random = randomFor('crash matrix');
  const repository = await sandbox.repository();
  configure(repository, { retention: { messages: RETAINED } });
  const load = await startLoad(sandbox, repository, { agents: AGENTS, processes: PROCESSES, seed: random.seed });
  const following = followLog(linkTo(sandbox, repository));
  await load.work();
  for (let kill = 1; kill <= KILLS; kill += 1) {
    await untilEverybodyIsAnswered(load, kill);
    const enough = load.total() + random.below(ANSWERS_MAX);
    await until(() => load.total() >= enough, { what: `answers before kill ${kill}`, withinMs: BACK_MAX_MS });
    const killed = await killCoordinator(repository);
    if (random.chance(WHILE_STARTING)) await killWhileStarting(repository, random, killed);
  }
  await untilEverybodyIsAnswered(load, KILLS + 1);
  await load.rest();
  const calls = await load.finish();
  await until(() => coordinatorsOf(repository).length === 1, { what: 'one coordinator' });
  const log = [...(await following.stop()), ...(await readLog(sandbox, repository)).map(asLogMessage)];
  const held = await holdings(linkTo(sandbox, repository));
  console.log(`${calls.length} calls were answered, ${log.at(-1)?.seq} messages stored, ${held.length} claims held.`);

  expect(checkHistory({ agents: load.agents, calls, log, held }).slice(0, SHOWN)).toEqual([]);
  for (const agent of load.agents) expect(load.answered(agent)).toBeGreaterThan(KILLS);
});

/** Waits until each agent was answered twice: the first answer may still be of the coordinator before. */
async function untilEverybodyIsAnswered(load: Load, kill: number): Promise<void> {
  const before = load.agents.map((agent) => load.answered(agent));
  await until(() => load.agents.every((agent, index) => load.answered(agent) >= (before[index] ?? 0) + 2), {
    what: `an answer for every agent before kill ${kill}`,
    withinMs: BACK_MAX_MS,
  });
}

/** Kills the coordinator after `killed` at a moment at which it probably reads its state or is just about to serve. */
async function killWhileStarting(repository: TestRepository, random: Random, killed: number): Promise<void> {
  const isNew = (): boolean => holderOf(repository).pid !== killed && isRunning(holderOf(repository).pid);
  await until(isNew, { what: `a coordinator after ${killed}`, withinMs: BACK_MAX_MS });
  await sleep(random.below(START_MS));
  await killCoordinator(repository);
}

/** Reads the log while it grows, over every crash. */
function followLog(link: LinkClient): { stop(): Promise<LogMessage[]> } {
  const messages: LogMessage[] = [];
  const read = async (): Promise<boolean> => {
    const page = await link.request('log', { since: messages.at(-1)?.seq ?? 0, limit: LOG_PAGE });
    messages.push(...page.messages.map(asLogMessage));
    return page.messages.length > 0;
  };
  let stopped = false;
  const reading = (async () => {
    while (!stopped) await until(async () => (await read()) || stopped, { what: 'news', withinMs: BACK_MAX_MS });
    while (await read());
  })();
  // The failure is the one of `stop`; until then it is not unhandled.
  reading.catch(() => {});
  return {
    async stop() {
      stopped = true;
      await reading;
      return messages;
    },
  };
}

async function holdings(link: LinkClient): Promise<Holding[]> {
  const { claims = [] } = await link.request('status', { detail: 'full' });
  return claims.map((claim) => ({ holder: claim.holder, thing: thingOf(claim), fence: claim.fence ?? 0 }));
}

function asLogMessage({ seq, agent_id, to, payload }: StoredMessage): LogMessage {
  return { seq, from: agent_id, to, text: textOf(payload) };
}
