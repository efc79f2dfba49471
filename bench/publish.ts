import { appender } from './floors/append.ts';
import { benchmark, repositoryOf } from './lib/benchmark.ts';
import type { Row } from './lib/row.ts';
import { alternate, median, percentile } from './lib/statistics.ts';

/** One synced publish through MCP over stdio, beside the tool call and the sync it cannot do without. */
const ROUNDS = { rounds: 1500, warmUp: 300 };

await benchmark(async ({ sandbox, agent, echo }): Promise<Row[]> => {
  const { repository, worktrees } = await repositoryOf(sandbox, 2);
  const [worktree = repository.main] = worktrees;
  const ours = await agent(worktree);
  const floor = await echo();
  const text = 'The session token is checked in src/auth/session.ts now.';
  await ours.call('publish', { type: 'note', to: 'agent-2', text });
  const file = appender(repository.stateDir);
  const samples = await alternate(
    {
      publish: () => ours.call('publish', { type: 'note', to: 'agent-2', text }),
      echo: () => floor.call('echo', { text }),
      append: () => file.append(),
    },
    ROUNDS,
  );
  file.close();
  const publish = median(samples.publish);
  const tool = median(samples.echo);
  const append = median(samples.append);
  return [
    {
      figure: 'publish, p50',
      measured: publish,
      unit: 'ms',
      floor: { what: 'echo + append', value: tool + append },
      required: { atMost: 1.7 },
      of: 'ratio',
    },
    {
      figure: 'publish, p50',
      measured: publish,
      unit: 'ms',
      floor: { what: 'echo', value: tool },
      required: { atMost: 2.4 },
      of: 'ratio',
    },
    {
      figure: 'publish, p99',
      measured: percentile(samples.publish, 0.99),
      unit: 'ms',
      floor: { what: 'echo', value: percentile(samples.echo, 0.99) },
    },
  ];
});
