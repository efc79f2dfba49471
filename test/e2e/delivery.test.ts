import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PollAnswer } from '../../src/protocol/answers.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import { ERAS, type Era } from '../harness/mcp-clients.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { killCoordinator } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
let sender: Session;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'] });
  sender = await openSession(sandbox, repository.worktree('feat/b'));
});
afterEach(() => sandbox.dispose());

/** A session of `feat-a`, which has made its first call. */
async function reader(era: Era = 'legacy'): Promise<Session> {
  const session = await openSession(sandbox, repository.worktree('feat/a'), { era });
  expect(await session.call('status')).toMatchObject({ you: 'feat-a' });
  return session;
}

/** Sends notes to `feat-a`; returns their numbers. */
async function send(...texts: string[]): Promise<number[]> {
  const seqs: number[] = [];
  for (const text of texts) seqs.push((await sender.call('publish', { type: 'note', to: 'feat-a', text })).seq);
  return seqs;
}

function seqsOf({ messages }: PollAnswer): number[] {
  return messages.map((message) => message.seq);
}

const ENDS: [string, (session: Session) => Promise<void>][] = [
  ['is killed', (session) => session.kill('SIGKILL')],
  ['ends in order', (session) => session.close()],
];

describe('a batch of mail', () => {
  it.each(ENDS)('goes to the next session of the agent if the first one %s before its next call', async (_, end) => {
    const first = await reader();
    const sent = await send('one', 'two');
    expect(seqsOf(await first.call('poll'))).toEqual(sent);
    await end(first);
    const second = await reader('modern');
    expect(seqsOf(await second.call('poll'))).toEqual(sent);
    // The first session took neither, so nothing but these two is new.
    await send('three').then((more) => sent.push(...more));
    expect(seqsOf(await second.call('poll'))).toEqual(sent.slice(2));
  });

  it.each(ENDS)('that the next call has acknowledged stays read when the session %s', async (_, end) => {
    const first = await reader();
    const sent = await send('one');
    expect(seqsOf(await first.call('poll'))).toEqual(sent);
    await first.call('status');
    await end(first);
    const second = await reader();
    expect(seqsOf(await second.call('poll'))).toEqual([]);
  });

  it('of a helper is read by the next call too', async () => {
    const first = await reader();
    await first.call('status', { subagent: 'tests' });
    const { seq } = await sender.call('publish', { type: 'note', to: 'feat-a.tests', text: 'for the helper' });
    expect(seqsOf(await first.call('poll', { subagent: 'tests' }))).toEqual([seq]);
    await first.call('status', { subagent: 'tests' });
    expect((await sender.call('status', { detail: 'full' })).outbox).toMatchObject([
      { seq, read_by: ['feat-a.tests'] },
    ]);
    await first.close();
    const second = await reader();
    expect(seqsOf(await second.call('poll', { subagent: 'tests' }))).toEqual([]);
  });
});

describe('mail over the end of a coordinator', () => {
  const RESTARTS: [string, () => Promise<unknown>][] = [
    ['is killed', () => killCoordinator(repository)],
    ['is stopped', () => runCli(sandbox, repository.main, ['stop'])],
  ];

  it.each(RESTARTS)('is not shown twice to a living session when the coordinator %s', async (_, restart) => {
    const session = await reader();
    const sent = await send('one', 'two');
    expect(seqsOf(await session.call('poll'))).toEqual(sent);
    await restart();
    expect(seqsOf(await session.call('poll'))).toEqual([]);
    const [later] = await send('three');
    expect(seqsOf(await session.call('poll'))).toEqual([later]);
  });

  it.each(RESTARTS)('stays read if its acknowledgement came when the coordinator %s', async (_, restart) => {
    const first = await reader();
    const sent = await send('one');
    expect(seqsOf(await first.call('poll'))).toEqual(sent);
    await restart();
    await first.call('status');
    await first.close();
    const second = await reader();
    expect(seqsOf(await second.call('poll'))).toEqual([]);
  });

  it.each(RESTARTS)('that was acknowledged before stays read when the coordinator %s', async (_, restart) => {
    const session = await reader();
    const sent = await send('one');
    expect(seqsOf(await session.call('poll'))).toEqual(sent);
    await session.call('status');
    await restart();
    expect(seqsOf(await session.call('poll'))).toEqual([]);
  });
});

describe.each(ERAS)('a waiting poll, %s', (era) => {
  it('returns with the note it waited for, whether or not the client asked for progress', async () => {
    const session = await reader(era);
    const quiet = session.call('poll', { wait_seconds: 50 });
    const [first] = await send('one');
    expect(seqsOf(await quiet)).toEqual([first]);
    const told = session.call('poll', { wait_seconds: 50 }, { onProgress: () => {} });
    const [second] = await send('two');
    expect(seqsOf(await told)).toEqual([second]);
  });

  it('frees everything at once when it is cancelled', async () => {
    const session = await reader(era);
    const cancel = new AbortController();
    const waiting = session.call('poll', { wait_seconds: 50 }, { signal: cancel.signal });
    await session.call('status');
    cancel.abort();
    await expect(waiting).rejects.toThrow();
    const sent = await send('one');
    expect(seqsOf(await session.call('poll', { wait_seconds: 50 }))).toEqual(sent);
  });

  it('loses nothing if the note and the cancellation cross', async () => {
    const session = await reader(era);
    for (let round = 0; round < 12; round += 1) {
      const cancel = new AbortController();
      let answered = false;
      const outcome = session.call('poll', { wait_seconds: 50 }, { signal: cancel.signal }).then(
        (answer) => {
          answered = true;
          return seqsOf(answer);
        },
        () => [],
      );
      await session.call('status');
      const sending = send(`round ${round}`);
      if (round % 3 === 1) await turn();
      if (round % 3 === 2) await sending;
      // Some clients send a cancellation even for a call that was answered long ago.
      if (!answered) cancel.abort();
      const [seq] = await sending;
      // What the cancelled call may have been handed is not read, so it comes again.
      const shown = [...(await outcome), ...seqsOf(await session.call('poll'))];
      expect(shown).toEqual([seq]);
    }
  });
});
