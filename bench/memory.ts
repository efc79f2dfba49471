import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readHighest } from '../src/repository/election.ts';
import { benchmark } from './lib/benchmark.ts';
import { linkAgents } from './lib/link-agents.ts';

const AGENTS = 50;
const MESSAGES = 10_000;
const CALLS = 10_000;
const BYTES_PER_KIB = 1024;
const BYTES_PER_MB = 1_000_000;

/** What the coordinator holds with fifty agents and 10,000 messages, and an agent's process after 10,000 calls. */
await benchmark(async (bench) => {
  const repository = await bench.sandbox.repository({ worktrees: ['agent-1'] });
  const agents = await linkAgents(bench, repository, AGENTS);
  const text = 'The session token is checked in src/auth/session.ts now; callers pass it on.';
  await Promise.all(
    agents.map(async (agent) => {
      for (let sent = 0; sent < MESSAGES / AGENTS; sent += 1) {
        await agent.request('publish', { input: { type: 'artifact', status: 'done', exports: [], text } });
      }
    }),
  );
  const coordinator = readHighest(repository.stateDir)?.holder.pid;
  if (coordinator === undefined) throw new Error('There is no coordinator.');
  const held = residentMegabytes(coordinator);
  const session = await bench.agent(repository.worktree('agent-1'));
  for (let call = 0; call < CALLS; call += 1)
    await session.call('publish', { type: 'status', status: 'working', text });
  return [
    {
      figure: `coordinator, ${AGENTS} agents, ${MESSAGES} messages`,
      measured: held,
      unit: 'MB',
      required: { atMost: 120 },
    },
    {
      figure: `agent process after ${CALLS} calls`,
      measured: residentMegabytes(session.pid),
      unit: 'MB',
      required: { atMost: 75 },
    },
  ];
});

/** Memory a process has in RAM. */
function residentMegabytes(pid: number): number {
  const kib =
    process.platform === 'linux'
      ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return (Number(kib) * BYTES_PER_KIB) / BYTES_PER_MB;
}
