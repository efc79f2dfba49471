import { expect, test } from 'vitest';
import { openScreen } from '../../src/commands/live-screen.ts';

function fakeTerminal(rows: number): { rows: number; write(text: string): boolean; written: string[] } {
  const written: string[] = [];
  return { rows, written, write: (text) => written.push(text) > 0 };
}

test('draws over what was shown, and gives the first screen back once', () => {
  const terminal = fakeTerminal(10);
  const listeners = process.listenerCount('exit');
  const screen = openScreen(terminal);
  screen.draw(['one', 'two']);
  screen.close();
  screen.draw(['late']);
  screen.close();
  expect(terminal.written).toEqual([
    '\u001b[?1049h\u001b[?25l',
    '\u001b[Hone\u001b[K\ntwo\u001b[K\u001b[J',
    '\u001b[?25h\u001b[?1049l',
  ]);
  expect(process.listenerCount('exit')).toBe(listeners);
});

test('counts the lines that have no room', () => {
  const terminal = fakeTerminal(3);
  const screen = openScreen(terminal);
  screen.draw(['1', '2', '3', '4', '5']);
  screen.close();
  expect(terminal.written[1]).toContain('1\u001b[K\n2\u001b[K\n… 3 more lines\u001b[K');
});
