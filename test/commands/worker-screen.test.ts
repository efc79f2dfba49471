import { EventEmitter } from 'node:events';
import type { WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { openWorkerScreen } from '../../src/commands/worker-screen.ts';

function fakeTerminal(): { terminal: WriteStream; written: string[] } {
  const written: string[] = [];
  const write = (text: string): boolean => written.push(text) > 0;
  const fake = Object.assign(new EventEmitter(), { isTTY: true, rows: 10, columns: 80, write });
  return { terminal: fake as unknown as WriteStream, written };
}

test('shows what each slot does, and leaves what was told on the terminal', () => {
  const { terminal, written } = fakeTerminal();
  const screen = openWorkerScreen(terminal);
  const at = { slot: 2, id: 'w7' };
  screen.tell({ kind: 'ready', command: ['claude'], slots: 2 });
  screen.tell({ kind: 'started', ...at, title: 'Log in', worktree: '/w7' });
  screen.tell({ kind: 'output', ...at, line: 'thinking' });
  screen.tell({ kind: 'problem', message: 'no coordinator' });
  const shown = written.at(-1) ?? '';
  for (const part of ['1  waiting', 'w7', 'Log in', 'thinking', 'no coordinator']) expect(shown).toContain(part);
  screen.tell({ kind: 'done', ...at, commits: 1, stage: 'qa', uncommitted: [], found: false });
  expect(written.at(-1)).toContain('2  waiting');
  screen.close();
  const last = written.at(-1) ?? '';
  expect(last.split('\n').slice(1)).toEqual([
    'w7 started in /w7',
    'no coordinator',
    'w7 done: 1 commit, now in qa',
    '',
  ]);
  const count = written.length;
  screen.close();
  expect(written.slice(count).join('')).not.toContain('waiting');
});
