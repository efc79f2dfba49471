import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, benchmark } from './lib/benchmark.ts';
import type { Row } from './lib/row.ts';
import { median, percentile } from './lib/statistics.ts';
import { agentInbox } from './peers/agent-inbox.ts';
import { claudeFlow } from './peers/claude-flow.ts';
import { install } from './peers/install.ts';
import { KEEPS, ourAgents } from './peers/ours.ts';
import { type Peer, STEPS } from './peers/peer.ts';
import { type Contender, inTime, runScenario, type Samples } from './peers/scenario.ts';
import { tooManyCooks } from './peers/too-many-cooks.ts';

const PEERS: readonly Peer[] = [agentInbox, claudeFlow, tooManyCooks];
const OURS = 'paw-coordinator';
const ROUNDS = { joins: 9, rounds: 300, warmUp: 30 };

/**
 * The same scenario with other coordinators of npm, in one run. They are installed into a temporary folder, or into
 * the one that `PAW_PEERS` names, where later runs find them.
 */
await benchmark(async (bench) => {
  const { sandbox } = bench;
  const repository = await sandbox.repository({ worktrees: ['sender', 'reader', 'newcomer'] });
  const contenders: Contender[] = [{ name: OURS, join: ourAgents(bench, repository) }];
  console.error(`${OURS}: ${KEEPS}`);
  for (const peer of PEERS) contenders.push(...(await contenderOf(bench, peer)));
  const samples = await runScenario(contenders, { ...ROUNDS, onFailure: skipped });
  return contenders.flatMap(({ name }) => rowsOf(name, samples));
});

/** The peer, ready for agents; nothing, and a message that says why, if that is not possible here. */
async function contenderOf({ sandbox }: Bench, peer: Peer): Promise<Contender[]> {
  const name = `${peer.name} ${peer.version}`;
  try {
    const installed = await install(peer, process.env.PAW_PEERS ?? join(sandbox.root, 'peers'));
    const work = join(sandbox.root, peer.name);
    await mkdir(work);
    const opened = await inTime(peer.open({ installed, work, env: sandbox.env, defer: sandbox.defer }));
    console.error(`${name}: ${peer.keeps}`);
    return [{ name, join: opened }];
  } catch (error) {
    skipped(name, error);
    return [];
  }
}

function skipped(name: string, error: unknown): void {
  console.error(`${name}: left out. ${error instanceof Error ? error.message : String(error)}`);
}

function rowsOf(name: string, samples: Samples): Row[] {
  const ours = samples.get(OURS);
  const taken = samples.get(name);
  if (ours === undefined || taken === undefined) return [];
  return STEPS.filter((step) => taken[step].length > 0).flatMap((step) =>
    [0.5, 0.99].flatMap((share): Row[] => {
      // A handful of starts has no 99th percentile.
      if (step === 'register' && share > 0.5) return [];
      const measured = share === 0.5 ? median(taken[step]) : percentile(taken[step], share);
      const row: Row = { figure: `${name}: ${step}, p${share * 100}`, measured, unit: 'ms' };
      return [name === OURS ? row : { ...row, floor: { what: 'ours', value: percentile(ours[step], share) } }];
    }),
  );
}
