import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { requireBuild } from '../../harness/dist.ts';
import type { TestRepository } from '../../harness/repository.ts';
import type { Sandbox } from '../../harness/sandbox.ts';
import { until } from '../../harness/until.ts';
import type { DriverOptions, Order, Report } from './fixtures/driver.ts';
import type { Call } from './history.ts';

/** How long an order may take, in milliseconds: every call under way may have to wait for a coordinator. */
const ORDER_MAX_MS = 60_000;

/** Agents in processes of their own, which make calls all the time. */
export interface Load {
  agents: string[];
  /** How many calls of each agent were answered so far, as far as is known. */
  answered(agent: string): number;
  /** How many calls were answered so far, by anybody. */
  total(): number;
  /** Lets the agents make calls. */
  work(): Promise<void>;
  /** Lets them finish the call they are at, and make no more. */
  rest(): Promise<void>;
  /** Has all mail read, and what was told written. */
  finish(): Promise<Call[]>;
}

/** Starts `count` agents, spread over some processes; returns when a coordinator knows them all. */
export async function startLoad(
  sandbox: Sandbox,
  repository: TestRepository,
  { agents: count, processes, seed }: { agents: number; processes: number; seed: number },
): Promise<Load> {
  const everybody = Array.from({ length: count }, (_, index) => `w${index}`);
  const script = join(sandbox.root, 'driver.mjs');
  await bundle(script);
  const { main, commonDir, stateDir } = repository;
  const drivers = Array.from({ length: processes }, (_, index) =>
    startDriver(sandbox, script, {
      repository: { main, commonDir, stateDir },
      cliPath: requireBuild(),
      // Each agent adds its own number.
      seed: seed + index * count,
      agents: everybody.filter((_, agent) => agent % processes === index),
      everybody,
      historyFile: join(sandbox.root, `history-${index}.jsonl`),
    }),
  );
  const all = async (order: Order | 'greet'): Promise<void> => {
    await Promise.all(drivers.map((driver) => driver.carryOut(order)));
  };
  await all('greet');
  const countOf = (agent: string): number => drivers.reduce((sum, { answered }) => sum + (answered()[agent] ?? 0), 0);
  return {
    agents: everybody,
    answered: countOf,
    total: () => everybody.reduce((sum, agent) => sum + countOf(agent), 0),
    work: () => all('work'),
    rest: () => all('rest'),
    async finish() {
      await all('drain');
      await all('end');
      return drivers.flatMap(({ history }) => history());
    },
  };
}

interface Driver {
  answered(): Record<string, number>;
  carryOut(order: Order | 'greet'): Promise<void>;
  history(): Call[];
}

function startDriver(sandbox: Sandbox, script: string, options: DriverOptions): Driver {
  const child = fork(script, [JSON.stringify(options)], { env: sandbox.env, cwd: sandbox.root });
  sandbox.defer(() => end(child));
  let answered: Record<string, number> = {};
  const done = new Set<Order | 'greet'>();
  child.on('message', (report: Report) => {
    if ('done' in report) done.add(report.done);
    else answered = report.answered;
  });
  return {
    answered: () => answered,
    async carryOut(order) {
      if (order !== 'greet') child.send(order);
      await until(() => done.delete(order), { what: `a driver to ${order}`, withinMs: ORDER_MAX_MS });
    },
    history: () =>
      readFileSync(options.historyFile, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Call),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Node 20 cannot run TypeScript. */
async function bundle(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'fixtures/driver.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
}
