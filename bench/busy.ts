import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../test/harness/until.ts';
import { benchmark } from './lib/benchmark.ts';
import { largeRepository } from './lib/large-repository.ts';
import type { Row } from './lib/row.ts';
import { percentile, timed } from './lib/statistics.ts';

const CALLS = 1500;
/** How often every worktree is written to while calls are measured: once for so many calls. */
const CALLS_PER_BURST = 100;
/** A gate that keeps a processor busy for longer than the measurement takes. */
const GATE = ['node', '-e', 'const end = Date.now() + 60_000; while (Date.now() < end);'];

/** What calls cost while ten worktrees of 20,000 files change and a gate runs, beside a quiet repository. */
await benchmark(async ({ sandbox, agent, bundle }): Promise<Row[]> => {
  const { repository, worktrees } = await largeRepository(await sandbox.repository());
  await mkdir(join(repository.main, '.paw'));
  await writeFile(join(repository.main, '.paw', 'config.json'), JSON.stringify({ verify: { command: GATE } }));
  const [, home = repository.main, other = repository.main] = worktrees;
  const session = await agent(home);
  const publish = () =>
    session.call('publish', { type: 'note', to: 'agent-2', text: 'The token is checked elsewhere.' });
  for (let call = 0; call < CALLS / 5; call += 1) await publish();

  const quiet: number[] = [];
  for (let call = 0; call < CALLS; call += 1) quiet.push(await timed(publish));

  await repository.commit(other, { 'committed.txt': 'new\n' });
  await until(async () => JSON.stringify(await session.call('status', { agent: 'agent-2' })).includes('committed'), {
    what: 'the commit that the gate judges',
  });
  // In a process of its own: what this one measures is not to wait for what it writes.
  const writer = fork(bundle('drivers/writer'), worktrees, { cwd: sandbox.root });
  const busy: number[] = [];
  let written: Promise<void> = Promise.resolve();
  for (let call = 0; call < CALLS; call += 1) {
    if (call % CALLS_PER_BURST === 0) written = writeAfter(written, writer);
    busy.push(await timed(publish));
  }
  await written;
  writer.disconnect();
  return [
    {
      figure: 'publish, p99, worktrees busy and a gate running',
      measured: percentile(busy, 0.99),
      unit: 'ms',
      floor: { what: 'quiet', value: percentile(quiet, 0.99) },
      required: { atMost: 2 },
      of: 'ratio',
    },
  ];
});

/** Has everything written to once more, after what is under way. */
async function writeAfter(before: Promise<void>, writer: ChildProcess): Promise<void> {
  await before;
  const written = once(writer, 'message');
  writer.send('write');
  await written;
}
