import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeLine, safeLines } from '../../../src/commands/render/safe-text.ts';

describe('safeLine', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
    ['\u001b]0;title\u0007', '␛]0;title␇'],
    ['a\u009b31m', 'a<U+009B>31m'],
    ['bell\u0007 back\b del\u007f', 'bell␇ back␈ del␡'],
    ['abc\u202edcba', 'abc<U+202E>dcba'],
    ['\u2066isolate\u2069', '<U+2066>isolate<U+2069>'],
    ['zero\u200bwidth', 'zero<U+200B>width'],
    ['tag\u{e0041}', 'tag<U+E0041>'],
    ['two\nlines\r\nand\ta tab', 'two lines and a tab'],
    ['  日本語 👩‍👩‍👧 é  ', '日本語 👩‍👩‍👧 é'],
  ])('%j becomes %j', (text, safe) => {
    expect(safeLine(text)).toBe(safe);
  });

  test('leaves nothing that a terminal obeys, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(safeLine(text)).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069\u200e\u200f\u061c]/u);
      }),
    );
  });
});

test('safeLines keeps line breaks and nothing else', () => {
  expect(safeLines('one\r\n\ttwo\u001b[2J\rthree\n\n')).toEqual(['one', '    two␛[2J', 'three']);
});
