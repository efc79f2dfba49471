import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { CHECKOUT } from '../harness/dist.ts';
import type { TestRepository } from '../harness/repository.ts';
import type { Sandbox } from '../harness/sandbox.ts';

/** The scripted agent of the tests, and what it has recorded. */

export interface AgentRecord {
  id: string;
  /** Which start of that item it was, from 0. */
  attempt: number;
  pid: number;
  event: 'start' | 'end' | 'child';
  cwd?: string;
  /** Another one was still at this item. */
  overlaps?: true;
  child?: number;
}

/** The command that runs it. */
export function agentCommand(sandbox: Sandbox): string[] {
  return [process.execPath, join(CHECKOUT, 'test/fixtures/scripted-agent.mjs'), recordsFile(sandbox)];
}

/** What all agents of this test have recorded so far, in order. */
export function recordsOf(sandbox: Sandbox): AgentRecord[] {
  const file = recordsFile(sandbox);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  // The last one may be cut off.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AgentRecord);
}

/** Gives the repository the identity that an agent commits with: it inherits none from the environment. */
export async function nameCommitter(repository: TestRepository): Promise<void> {
  await repository.git(repository.main, 'config', 'user.name', 'Agent');
  await repository.git(repository.main, 'config', 'user.email', 'agent@example.com');
}

export function recordsFile(sandbox: Sandbox): string {
  return join(sandbox.root, 'records');
}
