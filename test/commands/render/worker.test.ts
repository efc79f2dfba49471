import { describe, expect, test } from 'vitest';
import { lookFor } from '../../../src/commands/render/look.ts';
import { workerLine, workerScreen } from '../../../src/commands/render/worker.ts';
import type { WorkerEvent } from '../../../src/worker/events.ts';

const AT = { slot: 1, id: 'w3' };
const DONE = { ...AT, kind: 'done', commits: 2, stage: 'qa', uncommitted: [], found: false } as const;
const FAILED = { ...AT, kind: 'failed', reason: 'exit code 1', attempts: 2, maxAttempts: 3, isBlocked: false } as const;

describe('workerLine', () => {
  test.each<[WorkerEvent, string]>([
    [{ kind: 'ready', command: ['sh', '-c', 'a b'], slots: 2 }, "Up to 2 at a time, each by: sh -c 'a b'"],
    [{ kind: 'started', ...AT, title: 'x', worktree: '/a/w3-x' }, 'w3 started in /a/w3-x'],
    [DONE, 'w3 done: 2 commits, now in qa'],
    [{ ...DONE, commits: 1, found: true }, 'w3 done: 1 commit of an earlier run, now in qa'],
    [{ ...DONE, uncommitted: ['a', 'b'] }, 'w3 done: 2 commits, now in qa; not committed: a, b'],
    [FAILED, 'w3 failed: exit code 1 (attempt 2 of 3)'],
    [{ ...FAILED, attempts: 3, isBlocked: true }, 'w3 failed: exit code 1 (attempt 3 of 3, now blocked)'],
    [{ kind: 'stopped', ...AT }, 'w3 stopped, and free again'],
    [{ kind: 'lost', ...AT }, 'w3 lost: it was taken from this worker, and the command was ended'],
    [{ kind: 'output', ...AT, line: '  hello' }, 'w3 |   hello'],
    [{ kind: 'idle' }, 'No item in current can be worked on. `paw-coordinator work list` shows all.'],
    [{ kind: 'problem', message: 'oh' }, 'oh'],
  ])('%j', (event, line) => {
    expect(workerLine(event)).toBe(line);
  });

  test('no terminal obeys what others have written', () => {
    const red = '\u001b[31m';
    const line = `${red}red\u0007 \u001b[2K\u001b]0;title\u0007x`;
    expect(workerLine({ kind: 'output', ...AT, line })).toBe('w3 | red␇ ␛]0;title␇x');
    expect(workerLine({ ...FAILED, reason: `${red}x\ny` })).toBe('w3 failed: ␛[31mx y (attempt 2 of 3)');
  });
});

describe('workerScreen', () => {
  const look = lookFor({ isTTY: true, columns: 40 }, { TERM: 'dumb' });

  test('has a line for each slot, and what was told below', () => {
    const slots = [{ id: 'w3', title: 'Log in', seconds: 130, last: '\u001b[1mrunning tests\u001b[0m' }, undefined];
    expect(workerScreen(slots, ['w2 done: 1 commit, now in qa'], look)).toEqual([
      '1  w3  2m  Log in  ·  running tests',
      '2  waiting',
      '',
      'w2 done: 1 commit, now in qa',
    ]);
  });

  test('cuts what has no room', () => {
    const slots = [{ id: 'w3', title: 'A title that needs all of the line', seconds: 1, last: 'more' }];
    const lines = workerScreen(slots, ['x'.repeat(100)], look);
    expect(lines.map(({ length }) => length)).toEqual([40, 0, 40]);
  });
});
