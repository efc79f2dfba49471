import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningProcess, runningProcesses } from '../../scripts/processes.mjs';
import { LinkClient } from '../../src/link/client.ts';
import type { StoredMessage } from '../../src/protocol/messages.ts';
import type { HelloInput } from '../../src/protocol/requests.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { type Holder, readHighest } from '../../src/repository/election.ts';
import { electionNumber } from '../../src/repository/layout.ts';
import { isAlive } from '../../src/repository/process.ts';
import type { TestRepository } from '../harness/repository.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/** Most messages in one page of the log. */
const LOG_PAGE = 500;

/** The coordinator that is or was last in office. */
export function holderOf({ stateDir }: TestRepository): Holder {
  const found = readHighest(stateDir);
  if (found === undefined) throw new Error(`Nobody has ever been in office in ${stateDir}.`);
  return found.holder;
}

/**
 * The living coordinator processes of a repository, by what their command lines say. A child that a coordinator is
 * just starting has the same one for a moment, so a count is to be waited for.
 */
export function coordinatorsOf({ commonDir }: TestRepository): RunningProcess[] {
  return runningProcesses().filter(({ command }) => command.includes(`serve --common-dir ${commonDir}`));
}

/** Numbers of the election files that are there, ascending. */
export function electionsOf({ stateDir }: TestRepository): number[] {
  return readdirSync(stateDir)
    .flatMap((name) => electionNumber(name) ?? [])
    .sort((a, b) => a - b);
}

/** Kills the coordinator with SIGKILL; resolves with its process id once it is gone. */
export async function killCoordinator(repository: TestRepository): Promise<number> {
  const { pid, pid_started } = holderOf(repository);
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid, pid_started), { what: `coordinator ${pid} to be gone` });
  return pid;
}

/** Writes `.paw/config.json`; a coordinator that runs takes it in by itself. */
export function configure({ main }: TestRepository, config: object): void {
  mkdirSync(join(main, '.paw'), { recursive: true });
  const file = join(main, '.paw', 'config.json');
  // At once: whoever watches it is not to read half of it.
  writeFileSync(`${file}.new`, JSON.stringify(config));
  renameSync(`${file}.new`, file);
}

export type Speaker =
  | { kind: 'person' }
  | { kind: 'agent'; agent: string }
  | { kind: 'worker'; agent?: string | undefined; branch?: string; worktree?: string };

/**
 * A client of the link in this process; it never starts a coordinator. The sandbox closes it at the latest.
 */
export function linkTo(
  sandbox: Sandbox,
  repository: TestRepository,
  speaker: Speaker = { kind: 'person' },
): LinkClient {
  const { stateDir, commonDir } = repository;
  const hello: HelloInput = { protocol: PROTOCOL_VERSION, session: randomUUID(), pid: process.pid, ...speaker };
  const link = new LinkClient({ stateDir, commonDir, mayStart: 'never', hello: () => hello });
  sandbox.defer(() => link.close());
  return link;
}

/** The whole log, oldest message first. A coordinator must be running. */
export async function readLog(sandbox: Sandbox, repository: TestRepository): Promise<StoredMessage[]> {
  const link = linkTo(sandbox, repository);
  const messages: StoredMessage[] = [];
  for (let since = 0; ; ) {
    const page = await link.request('log', { since, limit: LOG_PAGE });
    messages.push(...page.messages);
    since = page.messages.at(-1)?.seq ?? since;
    if (page.messages.length < LOG_PAGE) break;
  }
  await link.close();
  return messages;
}
