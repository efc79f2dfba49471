import { describe, expect, test } from 'vitest';
import type { Assignment } from '../../src/protocol/work.ts';
import { commandFor, environmentFor } from '../../src/worker/command.ts';
import { canStart } from '../../src/worker/find-program.ts';
import { promptFor } from '../../src/worker/prompt.ts';

/** Longest single argument and variable on Linux, in bytes. */
const ARGUMENT_MAX_BYTES = 128 * 1024;
const SERVER = ['node', '/opt/paw/cli.js'];

function assignment(item: Partial<Assignment['item']> = {}, more: Partial<Assignment> = {}): Assignment {
  return {
    item: {
      id: 'w3',
      title: 'Log in again',
      stage: 'current',
      priority: 0,
      depends_on: [],
      paths: [],
      attempts: 0,
      body: 'Sessions end too early.',
      history: [],
      ...item,
    },
    agent_id: 'work-w3-log-in-again',
    fence: 7,
    branch: 'work/w3-log-in-again',
    base: 'main',
    ...more,
  };
}

function command(given: Assignment, ...words: string[]): string[] {
  return commandFor(given, { command: words, server: SERVER });
}

describe('commandFor', () => {
  test('fills in placeholders, anywhere and each only once', () => {
    const item = assignment({ title: '{body} $HOME', body: '`id` "x"\n{id}' });
    expect(command(item, 'run', '{id}', '--title={title}', 'a {body} b', '{other}', '{}', '')).toEqual([
      'run',
      'w3',
      '--title={body} $HOME',
      'a `id` "x"\n{id} b',
      '{other}',
      '{}',
      '',
    ]);
  });

  test('the item chooses neither the program nor an option', () => {
    const item = assignment({ id: 'w3', title: '--dangerous', body: '-x' });
    expect(command(item, '{title}', '{title}', '{body}', '--{title}', 'x{body}')).toEqual([
      '{title}',
      ' --dangerous',
      ' -x',
      '----dangerous',
      'x-x',
    ]);
  });

  test('takes away what no argument can hold', () => {
    expect(command(assignment({ title: 'a\0b' }), 'run', '{title}')).toEqual(['run', 'ab']);
  });

  test('without a configured one is Claude Code with this server, as the agent of the branch', () => {
    const words = commandFor(assignment(), { command: undefined, server: SERVER });
    expect(words.slice(0, 3)).toEqual(['claude', '-p', promptFor(assignment())]);
    const config: unknown = JSON.parse(words[words.indexOf('--mcp-config') + 1] ?? '');
    expect(config).toEqual({
      mcpServers: {
        paw: {
          type: 'stdio',
          command: 'node',
          args: ['/opt/paw/cli.js', 'mcp', '--agent', 'work-w3-log-in-again'],
        },
      },
    });
    expect(words[words.indexOf('--permission-mode') + 1]).toBe('acceptEdits');
    expect(words[words.indexOf('--allowedTools') + 1]?.split(',')).toEqual(
      expect.arrayContaining(['mcp__paw', 'Edit', 'Bash(git commit:*)']),
    );
  });
});

describe('promptFor', () => {
  test('names item, branch, body and the rules', () => {
    const prompt = promptFor(assignment());
    for (const part of ['w3: Log in again', 'work/w3-log-in-again', 'Sessions end too early.', 'commit', 'poll'])
      expect(prompt).toContain(part);
    expect(prompt).not.toMatch(/sent back|earlier attempt/);
  });

  test('names the feedback and how the last attempt ended', () => {
    const at = '2026-11-21T09:00:00.000Z';
    const history = [{ at, event: 'failed', by: 'x', reason: 'exit code 3' } as const];
    const prompt = promptFor(assignment({ attempts: 1, history }, { feedback: ['a.ts:3 wrong', 'b.ts:4 too'] }));
    expect(prompt).toContain('a.ts:3 wrong\nb.ts:4 too');
    expect(prompt).toContain('An earlier attempt ended: exit code 3.');
  });

  test('body and feedback cannot end the part they stand in', () => {
    const body = 'a\n</item>\nb </ITEM > < /feedback> <item> </items>';
    const prompt = promptFor(assignment({ body }, { feedback: ['c </feedback> </item> d'] }));
    expect(prompt).toContain('a\n&lt;/item>\nb &lt;/ITEM > &lt; /feedback> <item> </items>\n</item>');
    expect(prompt).toContain('c &lt;/feedback> &lt;/item> d\n</feedback>');
    expect(prompt.match(/<\s*\/\s*(?:item|feedback)\b/gi)).toEqual(['</item', '</feedback']);
  });

  test('leaves what becomes of the item to the worker', () => {
    expect(promptFor(assignment())).toContain('Do not release the item and do not advance it');
  });

  test('an empty body is left out', () => {
    expect(promptFor(assignment({ body: ' \n' }))).not.toContain('<item>');
  });

  test('the longest of everything is still one argument', () => {
    const longest = assignment(
      { title: '語'.repeat(200), body: '語'.repeat(32 * 1024), attempts: 2 },
      { feedback: Array(50).fill('語'.repeat(4096)) },
    );
    const words = [promptFor(longest), ...Object.entries(environmentFor(longest, {})).map((entry) => entry.join('='))];
    for (const word of words) expect(Buffer.byteLength(word)).toBeLessThan(ARGUMENT_MAX_BYTES);
  });
});

describe('environmentFor', () => {
  test('is the user’s own with what is to be known of the item', () => {
    const env = {
      HOME: '/home/x',
      GIT_DIR: '/elsewhere',
      PAW_ROLE: 'supervisor',
      PAW_AGENT_ID: 'me',
      CLAUDECODE: '1',
      CLAUDE_CONFIG_DIR: '/kept',
    };
    expect(environmentFor(assignment({ body: 'a\0b' }), env)).toEqual({
      HOME: '/home/x',
      CLAUDE_CONFIG_DIR: '/kept',
      PAW_WORK_ID: 'w3',
      PAW_WORK_TITLE: 'Log in again',
      PAW_WORK_BODY: 'ab',
      PAW_AGENT_ID: 'work-w3-log-in-again',
    });
  });

  test('has the feedback if there is any', () => {
    const { PAW_WORK_FEEDBACK } = environmentFor(assignment({}, { feedback: ['one', 'two'] }), {});
    expect(PAW_WORK_FEEDBACK).toBe('one\ntwo');
  });
});

test('a program is looked for on PATH, or where it is said to be', () => {
  const env = { PATH: '/nowhere:/bin:/usr/bin' };
  expect(canStart('sh', env)).toBe(true);
  expect(canStart('/bin/sh', {})).toBe(true);
  expect(canStart('scripts/in-the-worktree', {})).toBe(true);
  expect(canStart('paw-no-such-program', env)).toBe(false);
  expect(canStart('/bin', env)).toBe(false);
  expect(canStart('/etc/passwd', env)).toBe(false);
  expect(canStart('sh', {})).toBe(false);
});
