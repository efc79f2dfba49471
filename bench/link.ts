import type { LinkClient } from '../src/link/client.ts';
import { benchmark } from './lib/benchmark.ts';
import { linkAgents } from './lib/link-agents.ts';
import { percentile } from './lib/statistics.ts';

const AGENTS = 50;
const WARM_UP_MS = 1500;
const MEASURED_MS = 5000;

/** Fifty agents that publish without pause, each one message at a time, every one synced. */
await benchmark(async (bench) => {
  const repository = await bench.sandbox.repository();
  const agents = await linkAgents(bench, repository, AGENTS);
  await Promise.all(agents.map((agent, index) => publishFor(WARM_UP_MS, agent, index)));
  const start = performance.now();
  const samples = (await Promise.all(agents.map((agent, index) => publishFor(MEASURED_MS, agent, index)))).flat();
  const seconds = (performance.now() - start) / 1000;
  return [
    {
      figure: `publish by ${AGENTS} agents over the link`,
      measured: samples.length / seconds,
      unit: '/s',
      required: { atLeast: 8000 },
    },
    {
      figure: `publish by ${AGENTS} agents over the link, p99`,
      measured: percentile(samples, 0.99),
      unit: 'ms',
      required: { atMost: 25 },
    },
  ];
});

/** Publishes one message after the other for this long; returns how long each took, in milliseconds. */
async function publishFor(durationMs: number, agent: LinkClient, index: number): Promise<number[]> {
  const samples: number[] = [];
  const to = [`link-${((index + 1) % AGENTS) + 1}`];
  const end = performance.now() + durationMs;
  for (let now = performance.now(); now < end; ) {
    await agent.request('publish', {
      input: { type: 'note', to, text: 'The session token is checked elsewhere now.' },
    });
    const answered = performance.now();
    samples.push(answered - now);
    now = answered;
  }
  return samples;
}
