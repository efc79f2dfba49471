import { type ChildProcess, execFile, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { TestRepository } from '../test/harness/repository.ts';
import { until } from '../test/harness/until.ts';
import type { WriterOrder } from './drivers/writer.ts';
import { benchmark } from './lib/benchmark.ts';
import { largeRepository } from './lib/large-repository.ts';
import type { Row } from './lib/row.ts';
import { percentile, timed } from './lib/statistics.ts';
import type { StdioSession } from './lib/stdio-session.ts';

/** Quiet and busy times take turns, so that what slows the machine down for a while slows both. */
const ROUNDS = 4;
/** Until what was written has been looked at and brought to disk, in milliseconds. */
const SETTLE_MS = 3000;
const CALLS = 1500;
const WARM_UP = 300;
/** Keeps a processor busy for as long as the file named first exists, after it has made the second. */
const GATE = `const fs = require('node:fs');
const [goOn, begun] = process.argv.slice(1);
fs.writeFileSync(begun, '');
while (fs.existsSync(goOn)) for (const end = Date.now() + 100; Date.now() < end; );`;

/** What calls cost while ten worktrees of 20,000 files change and a gate runs, beside a quiet repository. */
await benchmark(async ({ sandbox, agent, bundle }): Promise<Row[]> => {
  const { repository, worktrees } = await largeRepository(await sandbox.repository());
  const gate = { goOn: join(sandbox.root, 'go-on'), begun: join(sandbox.root, 'begun') };
  await mkdir(join(repository.main, '.paw'));
  const command = [process.execPath, '-e', GATE, gate.goOn, gate.begun];
  await writeFile(join(repository.main, '.paw', 'config.json'), JSON.stringify({ verify: { command } }));
  const [, home = repository.main, other = repository.main] = worktrees;
  // In a process of its own: what this one measures is not to wait for what it writes.
  const writer = fork(bundle('drivers/writer'), worktrees, { cwd: sandbox.root });
  // A session of its own each time: none is better warmed up than the others.
  const measure = async (order: WriterOrder, round: number): Promise<number[]> => {
    const session = await agent(home);
    await publishTimes(session, WARM_UP);
    await settle();
    if (order !== 'rest') await startGate(repository, other, gate, `${order} ${round}`);
    tell(writer, order);
    const times = await publishTimes(session, CALLS);
    tell(writer, 'rest');
    if (order !== 'rest') await endGate(session, gate);
    await session.close();
    return times;
  };

  const times: Record<WriterOrder, number[]> = { rest: [], save: [], burst: [] };
  for (let round = 0; round < ROUNDS; round += 1)
    for (const order of ['rest', 'save'] as const) times[order].push(...(await measure(order, round)));
  times.burst.push(...(await measure('burst', 0)));
  writer.disconnect();

  const quiet = { what: 'quiet', value: percentile(times.rest, 0.99) };
  const busy = { figure: 'publish, p99, files saved and a gate running', unit: 'ms', floor: quiet } as const;
  return [
    { ...busy, measured: percentile(times.save, 0.99), required: { atMost: 2 }, of: 'ratio' },
    { ...busy, figure: 'publish, p99, a thousand files at once, and a gate', measured: percentile(times.burst, 0.99) },
  ];
});

/** Everything that was written is on disk and has been looked at. */
async function settle(): Promise<void> {
  await promisify(execFile)('sync');
  await sleep(SETTLE_MS);
}

async function publishTimes(session: StdioSession, calls: number): Promise<number[]> {
  const note = { type: 'note', to: 'agent-2', text: 'The token is checked elsewhere.' };
  const times: number[] = [];
  for (let call = 0; call < calls; call += 1) times.push(await timed(() => session.call('publish', note)));
  return times;
}

function tell(writer: ChildProcess, order: WriterOrder): void {
  writer.send(order);
}

/** A commit is what a gate judges. */
async function startGate(
  repository: TestRepository,
  worktree: string,
  { goOn, begun }: { goOn: string; begun: string },
  subject: string,
): Promise<void> {
  await writeFile(goOn, '');
  await repository.commit(worktree, { 'committed.txt': subject });
  await until(() => existsSync(begun), { what: 'the gate to begin' });
}

async function endGate(session: StdioSession, { goOn, begun }: { goOn: string; begun: string }): Promise<void> {
  await rm(goOn);
  const isJudged = async () => JSON.stringify(await session.call('status', { agent: 'agent-2' })).includes('verified');
  await until(isJudged, { what: 'the verdict' });
  await rm(begun);
}
