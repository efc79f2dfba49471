import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { SERVER_FLAGS } from '../../src/clients/program.ts';
import type { LinkClient } from '../../src/link/client.ts';
import { layoutOf } from '../../src/repository/layout.ts';
import { configure, holderOf, linkTo } from '../e2e/coordinators.ts';
import { runCli } from '../harness/cli.ts';
import { requireBuild } from '../harness/dist.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { type Holding, makeProbe, type Probe } from './measured-process.ts';
import { type NotesOptions, SoakAgent } from './soak-agent.ts';
import { bytesIn, type SeenSnapshot, watchSnapshots } from './state-folder.ts';
import { type Supervisor, supervise } from './supervise.ts';
import { linkVoice, stdioVoice } from './voice.ts';

/** Little enough for the state to reach its full size while the soak warms up. */
const RETENTION = { messages: 400, bytes: 8 * 1024 * 1024 };
/** How long everything may take to come to rest after a batch, in milliseconds. */
const REST_MAX_MS = 150_000;
/** Level of the log from which on a line is worth a look. */
const LOG_WARNING = 40;

export interface SoakOptions {
  agents: number;
  /** How many of them have an MCP server; the others use the link. */
  stdio: number;
  notes: NotesOptions;
  /** Rounds of each agent between two looks at the processes. */
  rounds: number;
  /** Asked before each batch of rounds, with the number of those done. */
  goOn(batches: number): boolean;
  /** How long an agent thinks between two rounds, in milliseconds; not at all if not given. */
  thinkMs?: number;
  onCheckpoint?(checkpoint: Checkpoint): void;
}

/** What was there at rest, after a batch. */
export interface Checkpoint {
  coordinator: Holding;
  /** The MCP server of one agent. */
  server: Holding;
  journalBytes: number;
  /** Snapshots made so far. */
  snapshots: number;
}

export interface SoakReport {
  checkpoints: Checkpoint[];
  snapshots: readonly SeenSnapshot[];
  /** Notes written, and those of them that were not handed to the neighbour exactly once. */
  notes: number;
  wrong: string[];
  /** Warnings and errors in the coordinator's log. */
  log: { level: number; msg: string }[];
  /** Whether the coordinator that was started is still the one in office. */
  sameCoordinator: boolean;
}

/** Lets agents work in worktrees of one repository for a while, and looks at the processes every so often. */
export async function runSoak(sandbox: Sandbox, options: SoakOptions): Promise<SoakReport> {
  const repository = await sandbox.repository({ worktrees: branchesOf(options) });
  configure(repository, { retention: RETENTION });
  const probe = makeProbe(sandbox);
  const pid = await startCoordinator(sandbox, repository, probe);
  const snapshots = watchSnapshots(repository.stateDir);
  sandbox.defer(async () => snapshots.stop());
  const { agents, supervisor, server } = await gather(sandbox, repository, probe, options);
  const person = linkTo(sandbox, repository);

  await Promise.all(agents.map((agent) => agent.warmUp()));
  const checkpoints: Checkpoint[] = [];
  while (options.goOn(checkpoints.length)) {
    await supervisor.during(Promise.all(agents.map((agent) => batch(agent, options))));
    await rest([...agents, supervisor], agents, person);
    const checkpoint = {
      coordinator: await probe.measure(pid),
      server: await probe.measure(server.pid),
      journalBytes: bytesIn(layoutOf(repository.stateDir).journal),
      snapshots: snapshots.seen.length,
    };
    checkpoints.push(checkpoint);
    options.onCheckpoint?.(checkpoint);
  }
  return {
    checkpoints,
    snapshots: snapshots.seen,
    notes: agents.reduce((sum, { sent }) => sum + sent.length, 0),
    wrong: agents.flatMap((agent, index) => wrongNotes(agent, agents[(index + 1) % agents.length])),
    log: warningsIn(layoutOf(repository.stateDir).log),
    sameCoordinator: holderOf(repository).pid === pid,
  };
}

/** Starts the coordinator as a person does, so that it stays; returns its process id. */
async function startCoordinator(sandbox: Sandbox, repository: TestRepository, probe: Probe): Promise<number> {
  const { code, stderr } = await runCli(sandbox, repository.main, ['start'], { env: probe.env });
  if (code !== 0) throw new Error(`No coordinator could be started: ${stderr}`);
  return holderOf(repository).pid;
}

/** Opens the agents, each of which writes to the next one, and a supervisor. */
async function gather(
  sandbox: Sandbox,
  repository: TestRepository,
  probe: Probe,
  options: SoakOptions,
): Promise<{ agents: SoakAgent[]; supervisor: Supervisor; server: Session }> {
  const open = (branch: string, args: string[] = []): Promise<Session> => {
    const server = [...SERVER_FLAGS, requireBuild(), 'mcp', ...args];
    return openSession(sandbox, repository.worktree(branch), { server, env: probe.env });
  };
  const branches = branchesOf(options);
  const sessions = await Promise.all(branches.slice(0, options.stdio).map((branch) => open(branch)));
  const [server] = sessions;
  if (server === undefined) throw new Error('No agent has an MCP server.');
  const agents: SoakAgent[] = [];
  for (const [index, branch] of branches.entries()) {
    const session = sessions[index];
    const voice = session === undefined ? linkVoice(sandbox, repository, branch) : stdioVoice(session);
    const neighbour = branches[(index + 1) % branches.length] ?? branch;
    agents.push(new SoakAgent({ branch, neighbour, notes: options.notes, voice, repository }));
  }
  const supervisor = supervise(stdioVoice(await open('main', ['--role', 'supervisor'])));
  return { agents, supervisor, server };
}

function branchesOf({ agents }: SoakOptions): string[] {
  return Array.from({ length: agents }, (_, index) => `agent-${index + 1}`);
}

async function batch(agent: SoakAgent, { rounds, thinkMs }: SoakOptions): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    if (thinkMs !== undefined) await wait(thinkMs);
    await agent.work();
  }
}

/** Has all worktrees start over and all mail read, until nothing is left that anybody would have to be told. */
async function rest(readers: { read(): Promise<number> }[], agents: SoakAgent[], person: LinkClient): Promise<void> {
  await Promise.all(agents.map((agent) => agent.startOver()));
  await until(
    async () => {
      const read = await Promise.all(readers.map((reader) => reader.read()));
      if (read.some((count) => count > 0)) return false;
      const { agents: rows, conflicts = [], questions = [] } = await person.request('status', {});
      return (
        conflicts.length === 0 && questions.length === 0 && rows.every((row) => !row.modified_files && !row.unread)
      );
    },
    { what: 'the agents to be at rest', withinMs: REST_MAX_MS },
  );
}

/** The notes of an agent that its neighbour was not handed exactly once. */
function wrongNotes({ sent }: SoakAgent, neighbour: SoakAgent | undefined): string[] {
  const times = new Map<string, number>();
  for (const title of neighbour?.received ?? []) times.set(title, (times.get(title) ?? 0) + 1);
  return sent.flatMap((title) => (times.get(title) === 1 ? [] : [`${title}: ${times.get(title) ?? 0} times`]));
}

function warningsIn(log: string): SoakReport['log'] {
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as SoakReport['log'][number]).filter(({ level }) => level >= LOG_WARNING);
}
