import { benchmark } from './lib/benchmark.ts';
import { linkAgents } from './lib/link-agents.ts';
import { alternate, median } from './lib/statistics.ts';

const MESSAGES = 1_000_000;
const SENDERS = 10;
const NOTE = { type: 'note', to: 'agent-1', text: 'The session token is checked elsewhere now.' } as const;

/** One publish with a long history behind it, beside the same in a repository without any. Takes minutes. */
await benchmark(async (bench) => {
  const long = await bench.sandbox.repository({ worktrees: ['agent-1'] });
  const empty = await bench.sandbox.repository({ worktrees: ['agent-1'] });
  const senders = await linkAgents(bench, long, SENDERS);
  await Promise.all(
    senders.map(async (sender) => {
      for (let sent = 0; sent < MESSAGES / SENDERS; sent += 1) {
        await sender.request('publish', { input: { type: 'artifact', status: 'done', exports: [], text: NOTE.text } });
      }
    }),
  );
  const inLong = await bench.agent(long.main);
  const inEmpty = await bench.agent(empty.main);
  const samples = await alternate(
    { long: () => inLong.call('publish', NOTE), empty: () => inEmpty.call('publish', NOTE) },
    { rounds: 800, warmUp: 100 },
  );
  return [
    {
      figure: `publish after ${MESSAGES} messages, p50`,
      measured: median(samples.long),
      unit: 'ms',
      floor: { what: 'empty history', value: median(samples.empty) },
      required: { atMost: 1.3 },
      of: 'ratio',
    },
  ];
});
