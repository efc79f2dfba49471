import { benchmark, repositoryOf, withBench } from './lib/benchmark.ts';
import { median } from './lib/statistics.ts';
import type { StdioSession } from './lib/stdio-session.ts';

const SAMPLES = 15;

interface Start {
  initialized: number;
  firstCall: number;
}

/** From the start of the process to the answer to `initialize`, and to the answer to a first tool call. */
await benchmark(async ({ sandbox, echo, agent }) => {
  const { repository, worktrees } = await repositoryOf(sandbox, 1);
  const worktree = worktrees[0] ?? repository.main;
  await (await agent(worktree)).call('status', {});
  const floor: number[] = [];
  const warm: Start[] = [];
  const cold: Start[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const server = await echo();
    floor.push(server.initializedAfterMs);
    await server.close();
    warm.push(await started(() => agent(worktree)));
    cold.push(await coldStart());
  }
  const echoed = { what: 'echo', value: median(floor) };
  return [
    {
      figure: 'initialize answered, coordinator runs',
      measured: median(warm.map(({ initialized }) => initialized)),
      unit: 'ms',
      floor: echoed,
      required: { atMost: 150 },
    },
    {
      figure: 'initialize answered, no coordinator',
      measured: median(cold.map(({ initialized }) => initialized)),
      unit: 'ms',
      floor: echoed,
      required: { atMost: 150 },
    },
    {
      figure: 'first tool call, coordinator runs',
      measured: median(warm.map(({ firstCall }) => firstCall)),
      unit: 'ms',
    },
    {
      figure: 'first tool call, no coordinator',
      measured: median(cold.map(({ firstCall }) => firstCall)),
      unit: 'ms',
      required: { atMost: 600 },
    },
  ];
});

function coldStart(): Promise<Start> {
  return withBench(async ({ sandbox, agent }) => {
    const { main } = await sandbox.repository();
    return started(() => agent(main));
  });
}

async function started(open: () => Promise<StdioSession>): Promise<Start> {
  const start = performance.now();
  const session = await open();
  await session.call('status', {});
  const firstCall = performance.now() - start;
  await session.close();
  return { initialized: session.initializedAfterMs, firstCall };
}
