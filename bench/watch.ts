import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type ReportedFact, startWatcher } from '../src/watch/watcher.ts';
import { CHECKOUT } from '../test/harness/dist.ts';
import { until } from '../test/harness/until.ts';
import { benchmark } from './lib/benchmark.ts';
import { burst, largeRepository, WORKTREES } from './lib/large-repository.ts';
import { median, timed } from './lib/statistics.ts';

const ROUNDS = 15;
const IDLE_MS = 15_000;
/** The delay monitor's own period, in milliseconds: what it reports beyond that is a gap. */
const MONITOR_MS = 1;
const NANOSECONDS_PER_MS = 1e6;
const BYTES_PER_MB = 1e6;
/** Linux counts the time of processes in hundredths of a second. */
const MS_PER_TICK = 10;

/** What it costs to watch ten worktrees of 20,000 files, and how soon a change in one is known. */
await benchmark(async ({ sandbox }) => {
  const { repository, worktrees } = await largeRepository(await sandbox.repository());
  const before = process.memoryUsage.rss();
  const facts: ReportedFact[] = [];
  const start = performance.now();
  const watcher = startWatcher({
    commonDir: repository.commonDir,
    base: 'main',
    known: [],
    env: sandbox.env,
    onFact: (fact) => facts.push(fact),
    onProblem: (problem) => console.error(problem.message),
    url: pathToFileURL(join(CHECKOUT, 'dist', 'watch-worker.js')),
  });
  sandbox.defer(() => watcher.close());
  const modes = () => facts.filter((fact) => fact.kind === 'mode');
  await until(() => modes().length === WORKTREES, { what: 'all worktrees to be watched', withinMs: 60_000 });
  const watchedAfter = performance.now() - start;
  if (modes().some(({ how }) => how !== 'events')) throw new Error('The system does not report changes.');
  await watcher.look();

  const idleBefore = processorMs();
  await wait(IDLE_MS);
  const idle = (processorMs() - idleBefore) / (IDLE_MS / 1000);

  const delay = monitorEventLoopDelay({ resolution: MONITOR_MS });
  delay.enable();
  const known: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const worktree = worktrees[round % worktrees.length] ?? repository.main;
    const name = `new-${round}.txt`;
    known.push(await timed(() => writtenAndKnown(facts, worktree, name)));
  }
  await Promise.all(worktrees.map((worktree) => burst(worktree)));
  await watcher.look();
  delay.disable();

  return [
    { figure: 'ten worktrees of 20,000 files watched', measured: watchedAfter, unit: 'ms', required: { atMost: 5000 } },
    { figure: 'watching, idle: processor time per second', measured: idle, unit: 'ms', required: { atMost: 20 } },
    { figure: 'change known, p50', measured: median(known), unit: 'ms' },
    { figure: 'change known, slowest', measured: Math.max(...known), unit: 'ms', required: { atMost: 1000 } },
    {
      figure: 'gap of the main thread while they change, p99.9',
      measured: Math.max(0, delay.percentile(99.9) / NANOSECONDS_PER_MS - MONITOR_MS),
      unit: 'ms',
    },
    {
      figure: 'watching, per worktree',
      measured: (process.memoryUsage.rss() - before) / WORKTREES / BYTES_PER_MB,
      unit: 'MB',
      required: { atMost: 15 },
    },
  ];
});

async function writtenAndKnown(facts: ReportedFact[], worktree: string, name: string): Promise<void> {
  await writeFile(join(worktree, name), 'new\n');
  const isIt = (fact: ReportedFact): boolean =>
    fact.kind === 'changed' && fact.worktree === worktree && fact.files.includes(name);
  await until(() => facts.some(isIt), { what: `${name} to be known` });
}

/** Processor time of this process and of all it has started, in milliseconds. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1000;
  if (process.platform !== 'linux') return own;
  // The command name is in parentheses; 13 fields later come the times of the children.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return own + (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
}
