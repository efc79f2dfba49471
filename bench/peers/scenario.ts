import { setTimeout as wait } from 'node:timers/promises';
import { timed } from '../lib/statistics.ts';
import type { Join, PeerAgent, Step } from './peer.ts';

const SENDER = 'sender';
const READER = 'reader';
const NEWCOMER = 'newcomer';
const PATH = 'src/auth/session.ts';
/** What takes a contender longer than this is given up, in milliseconds. */
const ACT_MAX_MS = 60_000;

export interface Contender {
  name: string;
  join: Join;
}

export interface ScenarioOptions {
  /** How often an agent joins. */
  joins: number;
  rounds: number;
  /** Rounds before those, which are not counted. */
  warmUp: number;
  /** Told of a contender that failed; the scenario goes on without it. */
  onFailure(name: string, error: unknown): void;
}

/** How long each step took each contender, in milliseconds. */
export type Samples = Map<string, Record<Step, number[]>>;

/**
 * Lets all contenders go through the same: agents join; one reserves a file and tells another, which reads it; the
 * first frees the file. They have their rounds in turn, beginning with another contender each time, so that what
 * slows the machine down for a while slows all of them.
 */
export async function runScenario(contenders: readonly Contender[], options: ScenarioOptions): Promise<Samples> {
  const { joins, rounds, warmUp, onFailure } = options;
  const samples: Samples = new Map();
  const pairs = new Map<string, { sender: PeerAgent; reader: PeerAgent }>();

  async function inTurn(round: number, act: (contender: Contender) => Promise<void>): Promise<void> {
    for (let place = 0; place < contenders.length; place += 1) {
      const contender = contenders[(round + place) % contenders.length];
      if (contender === undefined || !samples.has(contender.name)) continue;
      try {
        await inTime(act(contender));
      } catch (error) {
        samples.delete(contender.name);
        onFailure(contender.name, error);
      }
    }
  }

  for (const { name } of contenders) samples.set(name, { register: [], claim: [], send: [], receive: [], release: [] });
  try {
    await inTurn(0, async ({ name, join }) => {
      const sender = await join(SENDER);
      pairs.set(name, { sender, reader: await join(READER) });
    });
    for (let round = 0; round < joins; round += 1) {
      await inTurn(round, async ({ name, join }) => {
        let agent: PeerAgent | undefined;
        const took = await timed(async () => {
          agent = await join(NEWCOMER);
        });
        await agent?.close();
        samples.get(name)?.register.push(took);
      });
    }
    for (let round = 0; round < warmUp + rounds; round += 1) {
      await inTurn(round, async ({ name }) => {
        const pair = pairs.get(name);
        if (pair === undefined) throw new Error(`${name} has no agents.`);
        const took = await goThrough(pair, `round ${round} of ${name}: the token is checked in ${PATH} now.`);
        if (round < warmUp) return;
        for (const [step, ms] of took) samples.get(name)?.[step].push(ms);
      });
    }
  } finally {
    for (const { sender, reader } of pairs.values()) await Promise.allSettled([sender.close(), reader.close()]);
  }
  return samples;
}

/** One round of one contender. Fails if the message did not arrive. */
async function goThrough(
  { sender, reader }: { sender: PeerAgent; reader: PeerAgent },
  text: string,
): Promise<[Step, number][]> {
  const took: [Step, number][] = [];
  if (sender.claim !== undefined) took.push(['claim', await timed(() => sender.claim?.(PATH))]);
  took.push(['send', await timed(() => sender.send(READER, text))]);
  let texts: string[] = [];
  took.push([
    'receive',
    await timed(async () => {
      texts = await reader.receive();
    }),
  ]);
  if (!texts.includes(text)) throw new Error(`What was sent did not arrive. There was: ${JSON.stringify(texts)}`);
  if (sender.release !== undefined) took.push(['release', await timed(() => sender.release?.(PATH))]);
  return took;
}

/** The outcome of `work`. Fails if there is none in time. */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  const settled = new AbortController();
  const late = wait(ACT_MAX_MS, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`It took longer than ${ACT_MAX_MS / 1000} s.`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => {});
    settled.abort();
  }
}
