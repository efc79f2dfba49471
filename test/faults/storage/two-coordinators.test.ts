import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Channel } from '../../../src/link/channel.ts';
import { connectOnce } from '../../../src/link/connect.ts';
import type { PublishAnswer } from '../../../src/protocol/answers.ts';
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts';
import { electionFile } from '../../../src/repository/layout.ts';
import { configure, coordinatorsOf, electionsOf, holderOf, linkTo, readLog } from '../../e2e/coordinators.ts';
import { type CliResult, runCli } from '../../harness/cli.ts';
import { isRunning } from '../../harness/processes.ts';
import type { TestRepository } from '../../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../../harness/sandbox.ts';
import { until } from '../../harness/until.ts';

/* A second coordinator is made to start where one runs already, however well the first one is hidden. */

/** More messages than one connection can have stored until the first coordinator ends. */
const RETAINED = 1_000_000;

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
  configure(repository, { retention: { messages: RETAINED } });
  expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
});
afterEach(() => sandbox.dispose());

/** An environment that shares no socket folder with the first coordinator's. */
function elsewhere(): Record<string, string> {
  const folder = join(sandbox.root, 'elsewhere');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { XDG_RUNTIME_DIR: folder, TMPDIR: folder };
}

/** Starts a second one with a socket of its own, and runs it to its end. */
function second(): Promise<CliResult> {
  const args = ['serve', '--common-dir', repository.commonDir, '--keep'];
  return runCli(sandbox, repository.main, args, { env: elsewhere() });
}

async function expectRefused({ code, stderr }: CliResult, first: { pid: number; socket: string }): Promise<void> {
  expect(code).toBe(1);
  expect(stderr).toContain(`process ${first.pid} `);
  expect(stderr).toContain(first.socket);
  expect(stderr).toContain('paw-coordinator stop');
  expect(coordinatorsOf(repository).map(({ pid }) => pid)).toEqual([first.pid]);
  expect(electionsOf(repository)).toEqual([1]);
}

it('with another socket folder it refuses and names the first, which goes on', async () => {
  const first = holderOf(repository);
  await expectRefused(await second(), first);
  const link = linkTo(sandbox, repository);
  await link.request('publish', { input: { type: 'note', text: 'x', to: ['feat/a'] } });
  expect(holderOf(repository).pid).toBe(first.pid);
});

it('while the first is suspended it refuses, and the first goes on where it was', async () => {
  const first = holderOf(repository);
  process.kill(first.pid, 'SIGSTOP');
  try {
    await expectRefused(await second(), first);
  } finally {
    process.kill(first.pid, 'SIGCONT');
  }
  const link = linkTo(sandbox, repository);
  await link.request('publish', { input: { type: 'note', text: 'x', to: ['feat/a'] } });
  expect(holderOf(repository).pid).toBe(first.pid);
});

it('with the election file gone it waits for the end of the first, and takes over all that was acknowledged', async () => {
  const first = holderOf(repository);
  const channel = await connectOnce(first.socket);
  sandbox.defer(async () => channel.close());
  const sending = publishUntilClosed(channel);
  await until(() => sending.acknowledged.length > 0, { what: 'the first answer' });
  rmSync(electionFile(repository.stateDir, 1));
  const acknowledgedBefore = sending.acknowledged.length;
  expect(await runCli(sandbox, repository.main, ['start'], { env: elsewhere() })).toMatchObject({ code: 0 });
  await sending.ended;
  expect(sending.acknowledged.length).toBeGreaterThan(acknowledgedBefore);
  await until(() => !isRunning(first.pid), { what: 'the first to end' });
  const log = await readLog(sandbox, repository);
  const stored = new Set(log.map(({ seq, payload }) => `${seq} ${'text' in payload ? payload.text : ''}`));
  expect(sending.acknowledged.filter((note) => !stored.has(note))).toEqual([]);
  expect(coordinatorsOf(repository).map(({ pid }) => pid)).toEqual([holderOf(repository).pid]);
});

/** Publishes one note after the other on one connection, and on no other one. */
function publishUntilClosed(channel: Channel): { acknowledged: string[]; ended: Promise<void> } {
  const acknowledged: string[] = [];
  const hello = { protocol: PROTOCOL_VERSION, kind: 'person', session: 'a-person-who-writes', pid: process.pid };
  const send = async (): Promise<void> => {
    await channel.request('hello', hello);
    for (let number = 1; ; number += 1) {
      const text = `note ${number}`;
      const { seq } = (await channel.request('publish', {
        input: { type: 'note', text, to: ['feat/a'] },
      })) as PublishAnswer;
      acknowledged.push(`${seq} ${text}`);
    }
  };
  return { acknowledged, ended: send().catch(() => undefined) };
}
