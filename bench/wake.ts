import { benchmark, repositoryOf } from './lib/benchmark.ts';
import { median, percentile } from './lib/statistics.ts';

const ROUNDS = 300;
const WARM_UP = 50;

/** How long after the publisher's call returned a waiting poll returns. Both clients are in this process. */
await benchmark(async ({ sandbox, agent }) => {
  const { repository, worktrees } = await repositoryOf(sandbox, 2);
  const publisher = await agent(worktrees[0] ?? repository.main);
  const reader = await agent(worktrees[1] ?? repository.main);
  const samples: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    const woken = reader.call('poll', { wait_seconds: 50 }).then(() => performance.now());
    // An answer to another call of the reader shows that the poll before it has been taken up.
    await reader.call('status', {});
    await publisher.call('publish', { type: 'note', to: 'agent-2', text: `round ${round}` });
    const returned = performance.now();
    const latency = (await woken) - returned;
    if (round >= WARM_UP) samples.push(latency);
  }
  return [
    { figure: 'waiting poll woken, p50', measured: median(samples), unit: 'ms', required: { atMost: 2 } },
    { figure: 'waiting poll woken, p99', measured: percentile(samples, 0.99), unit: 'ms' },
  ];
});
