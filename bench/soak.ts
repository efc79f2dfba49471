import { growth } from '../test/soak/growth.ts';
import { type Checkpoint, runSoak } from '../test/soak/soak.ts';
import { benchmark } from './lib/benchmark.ts';
import type { Row } from './lib/row.ts';

const AGENTS = 20;
const STDIO = 3;
const NOTES = { count: 1, chars: 2000 };
/** About a minute of work of each agent, most of which it thinks. */
const ROUNDS = 60;
const THINK_MS = 700;
const MINUTES_DEFAULT = 60;
const MINUTE_MS = 60_000;
const BYTES_PER_MB = 1_000_000;

/**
 * An hour of twenty agents' work, or as many minutes as `PAW_SOAK_MINUTES` says: what the processes hold at rest, and
 * how large the state folder gets.
 */
await benchmark(async ({ sandbox }) => {
  const minutes = Number(process.env.PAW_SOAK_MINUTES ?? MINUTES_DEFAULT);
  if (!(minutes > 0)) throw new Error(`PAW_SOAK_MINUTES is "${minutes}"; it must be a number above 0.`);
  const end = performance.now() + minutes * MINUTE_MS;
  const { checkpoints, snapshots, notes, wrong, log, sameCoordinator } = await runSoak(sandbox, {
    agents: AGENTS,
    stdio: STDIO,
    notes: NOTES,
    rounds: ROUNDS,
    thinkMs: THINK_MS,
    goOn: (done) => done < 2 || performance.now() < end,
    onCheckpoint: (checkpoint) => console.error(lineOf(checkpoint)),
  });
  if (!sameCoordinator) throw new Error('The coordinator that was started is no longer in office.');
  for (const problem of [...wrong, ...log.map(({ msg }) => msg)]) console.error(problem);
  const grown = (of: (checkpoint: Checkpoint) => number): number => growth(checkpoints.map(of));
  const megabytes = (bytes: number): number => bytes / BYTES_PER_MB;
  const row = (what: string, measured: number, unit: Row['unit'], atMost: number): Row => ({
    figure: `soak of ${minutes} min: ${what}`,
    measured,
    unit,
    required: { atMost },
  });
  const largest = Math.max(...checkpoints.map(({ journalBytes }) => journalBytes));
  const slowest = Math.max(0, ...snapshots.map(({ tookMs }) => tookMs));
  return [
    row(`notes of ${notes} not handed over once`, wrong.length, 'messages', 0),
    row('coordinator, in use, grown by', megabytes(grown(({ coordinator }) => coordinator.used)), 'MB', 5),
    row('coordinator, resident, grown by', megabytes(grown(({ coordinator }) => coordinator.rss)), 'MB', 50),
    row('agent process, in use, grown by', megabytes(grown(({ server }) => server.used)), 'MB', 2),
    row('agent process, resident, grown by', megabytes(grown(({ server }) => server.rss)), 'MB', 20),
    row(
      'open files of the coordinator, grown by',
      grown(({ coordinator }) => coordinator.openFiles),
      'files',
      8,
    ),
    row('journal folder, largest', megabytes(largest), 'MB', 120),
    row(`slowest of ${snapshots.length} snapshots`, slowest, 'ms', 10_000),
  ];
});

function lineOf({ coordinator, server, journalBytes, snapshots }: Checkpoint): string {
  const mb = (bytes: number): string => `${(bytes / BYTES_PER_MB).toFixed(1)} MB`;
  return [
    `coordinator ${mb(coordinator.used)} in use, ${mb(coordinator.rss)} resident, ${coordinator.openFiles} files`,
    `agent ${mb(server.used)}, ${mb(server.rss)}, ${server.openFiles} files`,
    `journal ${mb(journalBytes)}, ${snapshots} snapshots`,
  ].join('; ');
}
