import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InboxAnswer, StatusAnswer } from '../../src/protocol/answers.ts';
import type { StoredMessage } from '../../src/protocol/messages.ts';
import { VERSION } from '../../src/protocol/version.ts';
import { isAlive } from '../../src/repository/process.ts';
import { type CliOptions, type CliResult, runCli, startCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { linkTo } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
});
afterEach(() => sandbox.dispose());

/** Runs a command in the main worktree. */
function paw(args: string[], options?: CliOptions): Promise<CliResult> {
  return runCli(sandbox, repository.main, args, options);
}

/** Runs a command that has to succeed, and returns what it printed. */
async function done(...args: string[]): Promise<string> {
  const result = await paw(args);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return result.stdout;
}

/** An agent in the worktree of `feat/a`. */
async function agent(): Promise<Session> {
  const session = await openSession(sandbox, repository.worktree('feat/a'));
  await session.call('status');
  return session;
}

/** Process id in the newest election file, and whether that coordinator has stopped in order. */
function coordinator(): { pid: number; stopped?: boolean } {
  const names = readdirSync(repository.stateDir).filter((name) => /^coordinator\.\d+$/.test(name));
  const newest = names.sort((a, b) => Number(b.split('.')[1]) - Number(a.split('.')[1]))[0] ?? '';
  return JSON.parse(readFileSync(join(repository.stateDir, newest), 'utf8')) as { pid: number; stopped?: boolean };
}

/** Collects what a running command prints. */
function output(child: ChildProcessWithoutNullStreams): { stdout: string; stderr: string } {
  const collected = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => {
    collected.stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    collected.stderr += text.toString();
  });
  return collected;
}

describe('usage', () => {
  test('the version is told', async () => {
    expect(await done('--version')).toBe(`${VERSION}\n`);
  });

  test.each([
    [['statsu'], 'unknown command'],
    [['statsu'], 'Did you mean status?'],
    [['status', '--wacth'], 'Did you mean --watch?'],
    [['status', 'a', 'b'], 'too many arguments'],
    [['log', '--limit', '0'], 'a whole number from 1 to 500'],
    [['log', '--since', 'x'], 'a whole number from 0'],
    [['log', '--type', 'qestion'], 'question'],
    [['tell', 'feat-a'], "missing required argument 'text'"],
    [['tell', 'feat-a', ' '], 'the text is blank'],
    [['tell', 'feat-a', '<text>'], 'the text is an unfilled placeholder, "<text>"'],
    [['answer', '3', '<your', 'answer>'], 'an unfilled placeholder, "<your answer>"'],
    [['pause', 'feat-a', '<reason>'], 'an unfilled placeholder'],
    [['release'], 'name what to release'],
    [['mcp', '--role'], 'argument missing'],
    [
      ['work', 'adv', 'w1'],
      'there is no `work adv`. Did you mean `work advance`? `work` takes list, show, add, update',
    ],
    [['work', 'remove', 'w1'], 'there is no `work remove`. `work` takes list'],
    [['work', 'w1'], 'Did you mean `work show w1`?'],
    [['work', 'list', 'qa'], '`work list --stage <stage>` shows what is in one stage'],
    [['work', 'advance', 'w1', 'review'], 'Allowed choices are backlog, current, qa'],
    [['work', 'list', '--stage', 'review'], 'Allowed choices are backlog, current, qa'],
    [[], 'Usage: paw-coordinator'],
  ])('%j is wrong and ends with 2', async (args, reason) => {
    const result = await paw(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(reason);
  });

  test('every command has its help, and hidden ones are not listed', async () => {
    const help = await done('--help');
    const commands = [...help.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? '');
    expect(commands).toEqual(
      expect.arrayContaining(['status', 'log', 'inbox', 'claims', 'learnings', 'tell', 'answer', 'release', 'mcp']),
    );
    expect(commands).not.toContain('serve');
    for (const name of commands) expect(await done(name, '--help')).toContain('Usage: paw-coordinator');
  });

  test('a refusal is one reason on stderr, and ends with 1', async () => {
    const result = await paw(['tell', 'feat-b', 'hello']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^No agent "feat-b" is known here\. Did you mean "feat-a"\? [^\n]*\n$/);
  });

  test('a refusal about work items names commands', async () => {
    expect((await paw(['work', 'show', 'w9'])).stderr).toBe(
      'There is no work item "w9". There are no work items yet; `paw-coordinator work add <title>` adds one.\n',
    );
    expect((await paw(['work', 'add', 'x'.repeat(201)])).stderr).toMatch(
      /^work add: `title` must be .*characters[^{]*\n$/,
    );
    await done('work', 'add', 'x');
    expect((await paw(['work', 'show', 'w9'])).stderr).toContain('`paw-coordinator work list` shows all');
  });

  test('a number no message can have is refused', async () => {
    expect((await paw(['answer', '9999999999', 'yes'])).stderr).toContain('There is no message 9999999999');
    expect((await paw(['answer', '7', 'yes'])).stderr).toContain('there is no message 7; the newest is 0');
  });

  test('outside of a repository the reason is told', async () => {
    const result = await runCli(sandbox, sandbox.root, ['status']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('not in a git repository');
  });
});

describe('start and stop', () => {
  test('start says whether one runs; stop returns when it is gone; neither minds to be repeated', async () => {
    expect(await done('stop')).toContain('No coordinator is running');
    expect(await done('start')).toContain('has started');
    const { pid } = coordinator();
    expect(await done('start')).toContain(`is running already (process ${pid})`);
    expect(await done('stop')).toContain(`(process ${pid}) has stopped`);
    expect(isAlive(pid, undefined)).toBe(false);
    expect(coordinator().stopped).toBe(true);
    expect(await done('stop')).toContain('No coordinator is running');
  });

  test('stop answers a poll that waits, and loses nothing', async () => {
    const session = await agent();
    const waiting = session.call('poll', { wait_seconds: 30 });
    const { pid } = coordinator();
    await done('stop');
    expect(isAlive(pid, undefined)).toBe(false);
    expect((await waiting).messages).toEqual([]);
    await done('tell', 'feat-a', 'still', 'here');
    expect((await session.call('poll')).messages).toMatchObject([{ payload: { text: 'still here' } }]);
  });

  test.runIf(process.platform === 'linux')('stop ends a coordinator that does not answer', async () => {
    await done('start');
    const { pid } = coordinator();
    process.kill(pid, 'SIGSTOP');
    const stopping = paw(['stop']);
    // SIGTERM waits until the process goes on.
    await until(() => readFileSync(`/proc/${pid}/status`, 'utf8').match(/^ShdPnd:\s*0*[1-9a-f]/m), {
      what: 'stop to send SIGTERM',
    });
    process.kill(pid, 'SIGCONT');
    expect(await stopping).toMatchObject({ code: 0, stderr: '' });
    expect(isAlive(pid, undefined)).toBe(false);
  });

  test('a second repository has a coordinator of its own', async () => {
    const other = await sandbox.repository();
    await done('tell', 'feat-a', 'only here');
    const result = await runCli(sandbox, other.main, ['log']);
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
    const theirs = await runCli(sandbox, other.main, ['status', '--json']);
    expect((JSON.parse(theirs.stdout) as StatusAnswer).offline).not.toContain('feat-a');
  });
});

describe('mail', () => {
  test('a person tells, is asked, reads and answers', async () => {
    const session = await agent();
    expect(await done('tell', 'feat/a', 'mind', 'the', 'gap', '--urgent')).toContain('Sent to feat-a as message 1');
    const [note] = (await session.call('poll')).messages;
    expect(note).toMatchObject({ from: 'human', type: 'agent.note', urgent: true, payload: { text: 'mind the gap' } });

    const { seq } = await session.call('publish', { type: 'question', to: 'human', text: 'Which port?' });
    expect(await done('status')).toContain('1 message for you: paw-coordinator inbox');
    expect(await done('inbox')).toMatch(/^2 {2}feat-a {2}question .*\n {4}Which port\?\n/);
    expect(await done('inbox')).toContain('No unread mail');
    expect(await done('answer', String(seq), 'Port', '3000')).toContain('Sent to feat-a');
    const [answer] = (await session.call('poll')).messages;
    expect(answer).toMatchObject({ from: 'human', re: seq, payload: { answer: 'Port 3000' } });

    await session.call('publish', { type: 'question', to: 'human', text: 'And the host?' });
    await done('answer', 'feat/a', 'localhost');
    expect((await session.call('poll')).messages).toMatchObject([{ re: 4, payload: { answer: 'localhost' } }]);
    expect((await session.call('status')).questions).toBeUndefined();
  });

  test('a look into a mailbox marks nothing', async () => {
    await done('tell', 'feat-a', 'secret');
    const look = JSON.parse(await done('inbox', 'feat-a', '--json')) as InboxAnswer;
    expect(look).toMatchObject({ agent: 'feat-a', unread: 1, messages: [{ state: 'unread', from: 'human' }] });
    const session = await agent();
    expect((await session.call('poll')).messages).toHaveLength(1);
  });

  test('inbox prints long texts whole, and as JSON every letter once', async () => {
    const session = await agent();
    const text = 'long '.repeat(2000).trim();
    await session.call('publish', { type: 'note', to: 'human', text });
    const first = JSON.parse(await done('inbox', '--json')) as InboxAnswer;
    expect(first).toMatchObject({ agent: 'human', unread: 0, messages: [{ payload: { text } }] });
    expect(JSON.parse(await done('inbox', '--json'))).toMatchObject({ messages: [] });
  });

  test('no text of an agent reaches the terminal as it is; JSON is untouched', async () => {
    const session = await agent();
    const text = '\u001b[2Jcleared\u202e';
    await session.call('publish', { type: 'note', to: 'human', text });
    expect(await done('log')).toContain('␛[2Jcleared<U+202E>');
    expect(JSON.parse(await done('log', '--json'))).toMatchObject({ payload: { text } });
    expect(await done('inbox')).toContain('␛[2Jcleared<U+202E>');
  });
});

describe('status', () => {
  test('--json is the answer of the tool', async () => {
    const session = await agent();
    await session.call('claim', { paths: ['src/'], reason: 'all of it' });
    const told = JSON.parse(await done('status', '--json')) as StatusAnswer;
    const { you, ...tool } = await session.call('status');
    expect(you).toBe('feat-a');
    expect(told.you).toBe('human');
    const keys = (value: object): string[] => Object.keys(value).filter((key) => key !== 'you' && key !== 'inbox');
    expect(keys(told)).toEqual(keys(tool));
    expect(told.claims?.[0]).toMatchObject({ path: 'src', holder: 'feat-a', reason: 'all of it' });
    expect((JSON.parse(await done('status', 'feat/a', '--json')) as StatusAnswer).agents).toHaveLength(1);
    expect(await done('status', '--full')).toContain(`worktree ${repository.worktree('feat/a')}`);
  });

  test('--watch prints again when something changes, and Ctrl+C ends it with 0', async () => {
    const watching = startCli(sandbox, repository.main, ['status', '--watch']);
    const printed = output(watching);
    const ended = once(watching, 'close');
    await until(() => printed.stdout.includes('No agent has connected yet'), { what: 'the first status' });
    await agent();
    await until(() => printed.stdout.includes('●  feat-a'), { what: 'the agent to be shown' });
    watching.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(printed.stderr).toBe('');
    expect(printed.stdout).not.toContain('\u001b');
  });

  test('--watch starts no coordinator again that was stopped, and finds the next one', async () => {
    const watching = startCli(sandbox, repository.main, ['status', '--watch', '--json']);
    const printed = output(watching);
    const ended = once(watching, 'close');
    await until(() => printed.stdout.includes('\n'), { what: 'the first status' });
    await done('stop');
    expect(coordinator().stopped).toBe(true);
    await agent();
    await until(() => printed.stdout.includes('"agent_id":"feat-a"'), { what: 'the agent to be shown' });
    watching.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });
});

describe('log', () => {
  test('pages and filters', async () => {
    for (const text of ['one', 'two', 'three']) await done('tell', 'feat-a', text);
    await done('tell', 'main', 'four');
    const texts = async (...args: string[]): Promise<unknown[]> =>
      (await done('log', '--json', ...args))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as StoredMessage & { payload: { text: string } }).payload.text);
    expect(await texts()).toEqual(['one', 'two', 'three', 'four']);
    expect(await texts('--limit', '2')).toEqual(['three', 'four']);
    expect(await texts('--since', '1', '--limit', '2')).toEqual(['two', 'three']);
    expect(await texts('--agent', 'main')).toEqual(['four']);
    expect(await texts('--type', 'question')).toEqual([]);
  });

  test('shows all messages that are kept, however many', async () => {
    await done('start');
    const link = linkTo(sandbox, repository, { kind: 'agent', agent: 'chatty' });
    const count = 1203;
    await Promise.all(
      Array.from({ length: count }, () => link.request('publish', { input: { type: 'status', status: 'working' } })),
    );
    const seqs = (await done('log', '--json', '--agent', 'chatty'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as StoredMessage).seq);
    expect(seqs).toEqual(Array.from({ length: count }, (_, index) => (seqs[0] ?? 0) + index));
  });

  test('--follow goes on over a crash of the coordinator, and tells every message once', async () => {
    await done('tell', 'feat-a', 'one');
    const following = startCli(sandbox, repository.main, ['log', '--follow', '--json']);
    const printed = output(following);
    const ended = once(following, 'close');
    const texts = (): unknown[] => [...printed.stdout.matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text);
    await until(() => texts().length === 1, { what: 'the first message' });
    await done('tell', 'feat-a', 'two');
    await until(() => texts().length === 2, { what: 'the second message' });
    const { pid } = coordinator();
    process.kill(pid, 'SIGKILL');
    await done('tell', 'feat-a', 'three');
    await until(() => texts().length === 3, { what: 'the message after the crash' });
    following.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(texts()).toEqual(['one', 'two', 'three']);
    expect(printed.stderr).toBe('');
  });

  test('--follow with a filter does not tell a message twice', async () => {
    await done('tell', 'feat-a', 'one');
    const following = startCli(sandbox, repository.main, [
      'log',
      '--follow',
      '--json',
      '--agent',
      'feat-a',
      '--since',
      '0',
    ]);
    const printed = output(following);
    await until(() => printed.stdout.includes('"one"'), { what: 'the first message' });
    await done('tell', 'main', 'not for them');
    await done('tell', 'feat-a', 'two');
    await until(() => printed.stdout.includes('"two"'), { what: 'the second message' });
    expect(printed.stdout.trim().split('\n')).toHaveLength(2);
    following.kill('SIGINT');
    await once(following, 'close');
  });

  test('a reader that closes the pipe ends it without a word', async () => {
    const following = startCli(sandbox, repository.main, ['log', '--follow']);
    const printed = output(following);
    const ended = once(following, 'exit');
    await done('tell', 'feat-a', 'one');
    await until(() => printed.stdout.includes('one'), { what: 'the first message' });
    following.stdout.destroy();
    await done('tell', 'feat-a', 'two');
    expect(await ended).toEqual([0, null]);
    expect(printed.stderr).toBe('');
  });
});

describe('claims and release', () => {
  test('a person sees claims, and takes one only with --force; the holder is told', async () => {
    const session = await agent();
    expect(await done('claims')).toBe('Nothing is claimed.\n');
    await session.call('claim', { paths: ['src/auth/'], names: ['build'], reason: 'tokens' });
    expect(await done('claims')).toMatch(/src\/auth +feat-a +\d+m left +tokens/);
    expect(JSON.parse(await done('claims', '--json'))).toMatchObject([{ name: 'build' }, { path: 'src/auth' }]);

    const refused = await paw(['release', 'src/auth']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('add --force');

    expect(await done('release', './src/auth/', '--name', 'build', '--force')).toMatch(/^Released: .*src\/auth/);
    expect(await done('claims')).toBe('Nothing is claimed.\n');
    const { messages } = await session.call('poll');
    expect(messages).toMatchObject([{ type: 'coordinator.claim', payload: { event: 'lost' } }]);

    const nobody = await paw(['release', 'src/auth', '--force']);
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
  });
});

test('learnings are listed and searched', async () => {
  const session = await agent();
  expect(await done('learnings')).toBe('Nothing has been recorded yet.\n');
  await session.call('learnings', { record: 'Run tests with TZ=UTC', category: 'convention', paths: ['test/'] });
  await session.call('learnings', { record: 'Mocks live in test/mocks', category: 'doc_gap' });
  expect(await done('learnings', 'timezone', 'TZ')).toMatch(/^Run tests with TZ=UTC\n {4}convention · feat-a/);
  expect(await done('learnings', '--category', 'doc_gap')).not.toContain('TZ=UTC');
  expect(JSON.parse(await done('learnings', '--json', '--limit', '1'))).toMatchObject({
    learnings: [{ title: 'Mocks live in test/mocks' }],
  });
  expect(await done('learnings', 'xylophone')).toBe('Nothing recorded fits.\n');
  expect(await done('learnings', '--branch', 'nope')).toBe('Nothing recorded fits.\n');
  const refused = await paw(['learnings', 'forget', 'abc']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^error: "abc" is no id of a lesson: give 4 to 64 characters/);
});
