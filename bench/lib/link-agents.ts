import { randomUUID } from 'node:crypto';
import { LinkClient } from '../../src/link/client.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import type { TestRepository } from '../../test/harness/repository.ts';
import type { Bench } from './benchmark.ts';

/** Agents that are connected straight to the coordinator, with ids `link-1`, `link-2` … */
export async function linkAgents(bench: Bench, repository: TestRepository, count: number): Promise<LinkClient[]> {
  // The coordinator is started by an agent of the sandbox, so that it runs in the sandbox too.
  await (await bench.agent(repository.main)).call('status', {});
  const agents = Array.from({ length: count }, (_, index) => linkAgent(repository, `link-${index + 1}`));
  bench.sandbox.defer(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
  });
  await Promise.all(agents.map((agent) => agent.request('status', {})));
  return agents;
}

/** A client of the coordinator that speaks for an agent of this id. */
export function linkAgent(
  { commonDir, stateDir, main }: Pick<TestRepository, 'commonDir' | 'stateDir' | 'main'>,
  agent: string,
): LinkClient {
  const session = randomUUID();
  return new LinkClient({
    commonDir,
    stateDir,
    mayStart: 'never',
    hello: () => ({ protocol: PROTOCOL_VERSION, kind: 'agent', session, pid: process.pid, agent, worktree: main }),
  });
}
