import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { SenderOrder } from './drivers/sender.ts';
import { type Bench, benchmark, repositoryOf } from './lib/benchmark.ts';
import { median } from './lib/statistics.ts';
import type { ServerCommand } from './lib/stdio-session.ts';

const SENDERS = 8;
const ROUNDS = 7;
/** Calls of each sender in one round. */
const CALLS = 150;

/** Messages a second of eight sender processes, every one synced, beside eight that call the echo tool. */
await benchmark(async (bench) => {
  const { sandbox, agentArgs, echoArgs } = bench;
  const { worktrees } = await repositoryOf(sandbox, SENDERS + 1);
  const reader = `agent-${SENDERS + 1}`;
  const commands = (args: string[]) => worktrees.slice(0, SENDERS).map((cwd) => ({ args, cwd, env: sandbox.env }));
  const senders = await start(bench, commands(agentArgs));
  const echoes = await start(bench, commands(echoArgs));
  const text = 'The session token is checked in src/auth/session.ts now.';
  const publish = { tool: 'publish', args: { type: 'note', to: reader, text } };
  const echo = { tool: 'echo', args: { text } };
  const ours: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await rate(senders, { ...publish, calls: CALLS }));
    floor.push(await rate(echoes, { ...echo, calls: CALLS }));
  }
  for (const child of [...senders, ...echoes]) child.disconnect();
  return [
    {
      figure: `publish by ${SENDERS} processes`,
      measured: median(ours),
      unit: '/s',
      floor: { what: 'echo', value: median(floor) },
      required: { atLeast: 0.5 },
      of: 'ratio',
    },
  ];
});

function start({ bundle }: Bench, commands: ServerCommand[]): Promise<ChildProcess[]> {
  return Promise.all(
    commands.map(async (command) => {
      const child = fork(bundle('drivers/sender'), [JSON.stringify(command)], { cwd: command.cwd });
      await reply(child);
      return child;
    }),
  );
}

/** Calls a second of all senders together. */
async function rate(senders: ChildProcess[], order: SenderOrder): Promise<number> {
  const start = performance.now();
  await Promise.all(
    senders.map(async (child) => {
      child.send(order);
      await reply(child);
    }),
  );
  return (senders.length * order.calls * 1000) / (performance.now() - start);
}

/** The next word of a sender. Fails if it ends instead, having said on stderr why. */
async function reply(child: ChildProcess): Promise<void> {
  const ended = new AbortController();
  const onExit = (): void => ended.abort();
  child.once('exit', onExit);
  try {
    await once(child, 'message', { signal: ended.signal });
  } catch (cause) {
    throw new Error('A sender ended before its time; what it wrote is above.', { cause });
  } finally {
    child.off('exit', onExit);
  }
}
