import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';
import { runningProcesses } from '../../scripts/processes.mjs';
import type { LinkClient } from '../../src/link/client.ts';
import type { WorkItemView, WorkRequest } from '../../src/protocol/work.ts';
import { runCli, startCli } from '../harness/cli.ts';
import { isRunning } from '../harness/processes.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox, type SandboxOptions } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { type AgentRecord, agentCommand, nameCommitter, recordsOf } from '../worker/agents.ts';
import { configure, linkTo } from './coordinators.ts';

/** A worker of the build that runs. */
export interface RunningWorker {
  readonly pid: number;
  /** What it has told so far, line by line. */
  lines(): string[];
  stderr(): string;
  /** Its exit code, when it has ended; null after a signal. */
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
}

/** A repository with a coordinator, in which items are worked on by the scripted agent. */
export class Workshop {
  readonly sandbox: Sandbox;
  readonly repository: TestRepository;
  readonly #link: LinkClient;

  private constructor(sandbox: Sandbox, repository: TestRepository) {
    this.sandbox = sandbox;
    this.repository = repository;
    this.#link = linkTo(sandbox, repository);
  }

  /** @param config further sections of the configuration, and keys of `worker` */
  static async open(
    { worker = {}, ...config }: { worker?: object; [section: string]: object } = {},
    options?: SandboxOptions,
  ): Promise<Workshop> {
    const sandbox = await makeSandbox(options);
    const repository = await sandbox.repository();
    await nameCommitter(repository);
    configure(repository, { ...config, worker: { command: agentCommand(sandbox), ...worker } });
    const started = await runCli(sandbox, repository.main, ['start']);
    expect(started).toMatchObject({ code: 0, stderr: '' });
    return new Workshop(sandbox, repository);
  }

  /** Adds an item that may be taken now; returns its id. */
  async add(body: string, more: Partial<WorkRequest> = {}): Promise<string> {
    const request: WorkRequest = { action: 'add', title: 'Some work', stage: 'current', body, ...more };
    const { item } = await this.#link.request('work', request);
    return item?.id ?? '';
  }

  async item(id: string): Promise<WorkItemView> {
    const { item } = await this.#link.request('work', { action: 'show', id });
    if (!item) throw new Error(`There is no item ${id}.`);
    return item;
  }

  work(request: WorkRequest): Promise<unknown> {
    return this.#link.request('work', request);
  }

  /** How often an item came to `qa`. */
  async advances(id: string): Promise<number> {
    return (await this.item(id)).history.filter(({ event, to }) => event === 'moved' && to === 'qa').length;
  }

  /** Starts `paw-coordinator worker`; the sandbox ends it at the latest. */
  start(args: string[] = [], env: Record<string, string> = {}): RunningWorker {
    const worker = runningWorker(startCli(this.sandbox, this.repository.main, ['worker', ...args], env));
    // Before the coordinator, which it would start again.
    this.sandbox.defer(async () => {
      worker.signal('SIGTERM');
      await worker.ended;
    });
    return worker;
  }

  records(): AgentRecord[] {
    return recordsOf(this.sandbox);
  }

  /** How often an agent has begun with an item. */
  starts(id: string): number {
    return this.records().filter((record) => record.id === id && record.event === 'start').length;
  }

  /** The newest agent at an item, as soon as there is one for the `nth` time. */
  agent(id: string, nth = 1): Promise<number> {
    const started = (): AgentRecord[] => this.records().filter((one) => one.id === id && one.event === 'start');
    return until(() => started().length >= nth && started().at(-1)?.pid, { what: `agent ${nth} at ${id}` });
  }

  tip(branch: string): Promise<string> {
    return this.repository.git(this.repository.main, 'rev-parse', `refs/heads/${branch}`);
  }

  /** Adds a bare repository as `origin`. */
  async addOrigin(): Promise<string> {
    const origin = join(this.sandbox.root, 'origin.git');
    await this.repository.git(this.repository.main, 'init', '--quiet', '--bare', origin);
    await this.repository.git(this.repository.main, 'remote', 'add', 'origin', origin);
    return origin;
  }

  /**
   * An environment in which git stops where its arguments hold `words`, until `open` is called. `reached` resolves when
   * it stops there.
   */
  gitThatStopsAt(words: string): { env: Record<string, string>; reached: () => Promise<unknown>; open: () => void } {
    const bin = join(this.sandbox.root, 'bin');
    const [there, go] = ['there', 'go'].map((name) => join(bin, name));
    mkdirSync(bin);
    const path = this.sandbox.env.PATH ?? '';
    const script = `#!/bin/sh
case "$*" in *"${words}"*) touch ${there}; while ! [ -e ${go} ]; do sleep 0.01; done;; esac
PATH='${path}' exec git "$@"
`;
    writeFileSync(join(bin, 'git'), script);
    chmodSync(join(bin, 'git'), 0o755);
    return {
      env: { PATH: `${bin}:${path}` },
      reached: () => until(() => existsSync(there ?? ''), { what: `git ${words}` }),
      open: () => writeFileSync(go ?? '', ''),
    };
  }

  /** Checks that nothing is held, locked or running that has to do with workers. */
  async expectNothingLeft(): Promise<void> {
    const all = this.records().flatMap(({ pid, child }) => [pid, child ?? pid]);
    const agents = all.filter((pid) => pid !== process.pid);
    const workers = runningProcesses().filter(
      ({ command, cwd }) => / worker( |$)/.test(command) && cwd.startsWith(this.repository.main),
    );
    expect(agents.filter(isRunning)).toEqual([]);
    expect(workers).toEqual([]);
    expect((await this.#link.request('status', { detail: 'full' })).claims ?? []).toEqual([]);
    expect(locksBelow(this.repository.commonDir)).toEqual([]);
    expect(await this.repository.git(this.repository.main, 'worktree', 'list', '--porcelain')).not.toMatch(
      /^(?:locked|prunable)/m,
    );
    const notes = readdirSync(this.repository.stateDir, { recursive: true, encoding: 'utf8' });
    expect(notes.filter((name) => name.endsWith('run.json'))).toEqual([]);
  }
}

function runningWorker(child: ChildProcessWithoutNullStreams): RunningWorker {
  let [stdout, stderr] = ['', ''];
  child.stdin.end();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('The worker could not be started.');
  return {
    pid,
    lines: () => stdout.split('\n').slice(0, -1),
    stderr: () => stderr,
    ended: once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null)),
    signal: (name) => void child.kill(name),
  };
}

function locksBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.lock'));
}
