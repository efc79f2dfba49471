import { openSession } from '../test/harness/mcp.ts';
import { ERAS } from '../test/harness/mcp-clients.ts';
import { appender } from './floors/append.ts';
import { type Bench, benchmark } from './lib/benchmark.ts';
import type { Row } from './lib/row.ts';
import { alternate, median, percentile } from './lib/statistics.ts';

const ROUNDS = { rounds: 1500, warmUp: 300 };
const TEXT = 'The session token is checked in src/auth/session.ts now.';

/**
 * One synced publish through MCP over stdio, beside the tool call and the sync it cannot do without, with a
 * client of either generation.
 */
await benchmark(async (bench) => {
  const rows: Row[] = [];
  for (const era of ERAS) rows.push(...(await publishRows(bench, era)));
  return rows;
});

async function publishRows({ sandbox, echoArgs }: Bench, era: (typeof ERAS)[number]): Promise<Row[]> {
  const repository = await sandbox.repository({ worktrees: ['sender', 'reader'] });
  const ours = await openSession(sandbox, repository.worktree('sender'), { era });
  const floor = await openSession(sandbox, sandbox.root, { era, server: echoArgs });
  const note = { type: 'note', to: 'reader', text: TEXT };
  await ours.call('publish', note);
  const file = appender(repository.stateDir);
  const samples = await alternate(
    {
      publish: () => ours.call('publish', note),
      echo: () => floor.callRaw('echo', { text: TEXT }),
      append: () => file.append(),
    },
    ROUNDS,
  );
  file.close();
  await ours.close();
  await floor.close();
  return rowsOf(era, samples);
}

function rowsOf(era: string, samples: Record<'publish' | 'echo' | 'append', number[]>): Row[] {
  const publish = { figure: `publish, p50, ${era} client`, measured: median(samples.publish), unit: 'ms' } as const;
  const echo = median(samples.echo);
  const append = median(samples.append);
  return [
    { ...publish, floor: { what: 'echo + append', value: echo + append }, required: { atMost: 1.7 }, of: 'ratio' },
    { ...publish, floor: { what: 'echo', value: echo }, required: { atMost: 2.4 }, of: 'ratio' },
    {
      figure: `publish, p99, ${era} client`,
      measured: percentile(samples.publish, 0.99),
      unit: 'ms',
      floor: { what: 'echo', value: percentile(samples.echo, 0.99) },
    },
  ];
}
