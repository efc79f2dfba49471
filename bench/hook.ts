import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { requireBuild } from '../test/harness/dist.ts';
import { type Bench, benchmark, repositoryOf } from './lib/benchmark.ts';
import type { Row } from './lib/row.ts';
import { alternate, median } from './lib/statistics.ts';

const ROUNDS = 25;
const WARM_UP = 3;
const BUSY_PROCESSES = 4;
/** Costs as much as any process of Node. */
const NOTHING = ['-e', '0'];
const BUSY = ['-e', 'for (;;);'];

/** From the start of a hook's process to its end, on an idle machine and beside busy processes. */
await benchmark(async (bench) => {
  const { worktrees } = await repositoryOf(bench.sandbox, 1);
  const worktree = worktrees[0] ?? '';
  await (await bench.agent(worktree)).call('status', {});
  const idle = await measured(bench, worktree, 'idle');
  const busy = Array.from({ length: BUSY_PROCESSES }, () => spawn(process.execPath, BUSY, { stdio: 'ignore' }));
  bench.sandbox.defer(() => end(busy));
  const loaded = await measured(bench, worktree, `${BUSY_PROCESSES} busy processes`);
  await end(busy);
  const [first, ...others] = idle;
  return first === undefined ? [] : [{ ...first, required: { atMost: 130 } }, ...others, ...loaded];
});

async function measured(bench: Bench, worktree: string, when: string): Promise<Row[]> {
  const run = (args: readonly string[], input: object): (() => Promise<void>) => {
    return () =>
      runOnce(args, worktree, bench.sandbox.env, JSON.stringify({ session_id: 's', cwd: worktree, ...input }));
  };
  const cli = requireBuild();
  const edit = { tool_name: 'Edit', tool_input: { file_path: `${worktree}/src/a.ts` } };
  const samples = await alternate(
    {
      after: run([cli, 'hook', 'PostToolUse'], { tool_name: 'Bash', tool_response: {} }),
      before: run([cli, 'hook', 'PreToolUse'], edit),
      nothing: run(NOTHING, {}),
    },
    { rounds: ROUNDS, warmUp: WARM_UP },
  );
  const floor = { what: 'empty process', value: median(samples.nothing) };
  return [
    { figure: `hook after a tool, ${when}, median`, measured: median(samples.after), unit: 'ms', floor },
    { figure: `hook before an edit, ${when}, median`, measured: median(samples.before), unit: 'ms', floor },
  ];
}

async function runOnce(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  input: string,
): Promise<void> {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  await once(child, 'exit');
}

async function end(children: readonly ChildProcess[]): Promise<void> {
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(
    running.map(async (child) => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }),
  );
}
