import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { SERVER_FLAGS } from '../src/clients/program.ts';
import { readHighest } from '../src/repository/election.ts';
import { type Bench, benchmark } from './lib/benchmark.ts';
import { linkAgents } from './lib/link-agents.ts';
import { openStdioSession } from './lib/stdio-session.ts';

const AGENTS = 50;
const MESSAGES = 10_000;
const CALLS = 10_000;
const TEXT = 'The session token is checked in src/auth/session.ts now; callers pass it on.';
const BYTES_PER_KIB = 1024;
const BYTES_PER_MB = 1_000_000;

/** What the coordinator holds with fifty agents and 10,000 messages, and an agent's process after 10,000 calls. */
await benchmark(async (bench) => {
  const repository = await bench.sandbox.repository({ worktrees: ['agent-1'] });
  const agents = await linkAgents(bench, repository, AGENTS);
  await Promise.all(
    agents.map(async (agent) => {
      for (let sent = 0; sent < MESSAGES / AGENTS; sent += 1) {
        await agent.request('publish', { input: { type: 'artifact', status: 'done', exports: [], text: TEXT } });
      }
    }),
  );
  const coordinator = readHighest(repository.stateDir)?.holder.pid;
  if (coordinator === undefined) throw new Error('There is no coordinator.');
  const held = residentMegabytes(coordinator);
  const worktree = repository.worktree('agent-1');
  return [
    {
      figure: `coordinator, ${AGENTS} agents, ${MESSAGES} messages`,
      measured: held,
      unit: 'MB',
      required: { atMost: 120 },
    },
    {
      figure: `agent process after ${CALLS} calls`,
      measured: await afterCalls(bench, worktree, []),
      unit: 'MB',
    },
    {
      figure: `agent process after ${CALLS} calls, heap flags`,
      measured: await afterCalls(bench, worktree, SERVER_FLAGS),
      unit: 'MB',
      required: { atMost: 75 },
    },
  ];
});

/** What an agent's process holds in the end, in megabytes, started with these flags of node. */
async function afterCalls({ sandbox, agentArgs }: Bench, cwd: string, flags: readonly string[]): Promise<number> {
  const session = await openStdioSession({ args: [...flags, ...agentArgs], cwd, env: sandbox.env });
  for (let call = 0; call < CALLS; call += 1)
    await session.call('publish', { type: 'status', status: 'working', text: TEXT });
  const megabytes = residentMegabytes(session.pid);
  await session.close();
  return megabytes;
}

/** Memory a process has in RAM. */
function residentMegabytes(pid: number): number {
  const kib =
    process.platform === 'linux'
      ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return (Number(kib) * BYTES_PER_KIB) / BYTES_PER_MB;
}
