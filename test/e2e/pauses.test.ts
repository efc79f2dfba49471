import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StatusAnswer } from '../../src/protocol/answers.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session, ToolError } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { killCoordinator, linkTo } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
let agent: Session;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
  agent = await openSession(sandbox, repository.worktree('feat/a'));
  await agent.call('status');
});
afterEach(() => sandbox.dispose());

/** Runs a command that has to succeed, and returns what it printed. */
async function done(...args: string[]): Promise<string> {
  const result = await runCli(sandbox, repository.main, args);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.stdout;
}

/** What the agent is answered by each of its tools. */
async function answers(): Promise<string[]> {
  const calls = [
    ['status', {}],
    ['poll', {}],
    ['publish', { type: 'status', status: 'working' }],
    ['claim', { paths: ['x.ts'] }],
    ['release', { all: true }],
    ['learnings', {}],
  ] as const;
  const texts: string[] = [];
  for (const [tool, args] of calls) {
    const { isError, content } = await agent.callRaw(tool, args);
    texts.push(isError === true ? (content[0]?.text ?? '') : 'done');
  }
  return texts;
}

describe('pause', () => {
  test('has every tool answer with the reason until resume; nothing is lost', async () => {
    await agent.call('claim', { paths: ['y.ts'] });
    expect(await done('pause', 'feat/a', 'the', 'API', 'changes')).toBe(
      'feat-a is paused. `paw-coordinator resume feat-a` lets it go on.\n',
    );
    await done('tell', 'feat-a', 'hold on');
    for (const text of await answers()) expect(text).toContain('A person has paused you: the API changes.');
    const status = JSON.parse(await done('status', '--json')) as StatusAnswer;
    expect(status.agents.find(({ agent_id }) => agent_id === 'feat-a')).toMatchObject({
      paused: 'the API changes',
      unread: 1,
      claims: 1,
    });
    expect(await done('status')).toMatch(/feat-a +idle, paused .*\n {4}paused: the API changes\n/);

    await killCoordinator(repository);
    expect((await answers())[0]).toContain('the API changes');

    expect(await done('resume', 'feat/a')).toBe('feat-a can go on.\n');
    const { messages } = await agent.call('poll');
    expect(messages).toMatchObject([{ payload: { text: 'hold on' } }]);
    expect((await agent.call('status')).claims).toMatchObject([{ path: 'y.ts', holder: 'feat-a' }]);
    expect(await answers()).toEqual(Array(6).fill('done'));
    expect(await done('resume', 'feat-a')).toBe('feat-a was not paused.\n');
  });

  // A poll that is not woken waits for longer than this test may take.
  test('of all needs no name and no reason, and wakes a poll that waits', { timeout: 30_000 }, async () => {
    const waiting = agent.call('poll', { wait_seconds: 50 });
    const refused = expect(waiting).rejects.toThrow(/no reason was given/);
    expect(await done('pause')).toBe('All agents are paused. `paw-coordinator resume all` lets them go on.\n');
    await refused;
    expect(await done('resume', '--json')).toBe('{"resumed":["all"]}\n');
    expect(await done('resume')).toBe('Nobody was paused.\n');
    await agent.call('status');
  });

  test('is for people', async () => {
    const link = linkTo(sandbox, repository, { kind: 'agent', agent: 'bob' });
    await expect(link.request('pause', { agent: 'all', reason: 'x' })).rejects.toThrow(/Only a person/);
    await expect(link.request('resume', { agent: 'all' })).rejects.toThrow(/Only a person/);
    await expect(agent.call('status')).resolves.not.toBeInstanceOf(ToolError);
  });

  test('of somebody unknown is refused', async () => {
    const result = await runCli(sandbox, repository.main, ['pause', 'feat-b']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('No agent "feat-b" is known here. Did you mean "feat-a"?');
  });
});
