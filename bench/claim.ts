import { benchmark, repositoryOf } from './lib/benchmark.ts';
import { claimCost } from './lib/claim-cost.ts';
import { claimRace } from './lib/claim-race.ts';
import { alternate, median, percentile } from './lib/statistics.ts';

/** A claim nobody stands against, through MCP over stdio; what deciding claims costs; and a race for the same files. */
await benchmark(async (bench) => {
  const { sandbox, agent, echo } = bench;
  const { repository, worktrees } = await repositoryOf(sandbox, 1);
  const ours = await agent(worktrees[0] ?? repository.main);
  const floor = await echo();
  const path = 'src/auth/session.ts';
  const samples = await alternate(
    {
      claim: () => ours.call('claim', { paths: [path], reason: 'session tokens' }),
      release: () => ours.call('release', { all: true }),
      echo: () => floor.call('echo', { text: path }),
    },
    { rounds: 600, warmUp: 100 },
  );
  const echoed = { what: 'echo', value: median(samples.echo) };
  return [
    { figure: 'claim, p50', measured: median(samples.claim), unit: 'ms', floor: echoed, required: { atMost: 1.3 } },
    { figure: 'claim, p99', measured: percentile(samples.claim, 0.99), unit: 'ms' },
    ...claimCost(),
    ...(await claimRace(bench)),
  ];
});
