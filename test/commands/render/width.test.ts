import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, pad, textWidth, wrap } from '../../../src/commands/render/width.ts';

describe('textWidth', () => {
  test.each([
    ['', 0],
    ['plain', 5],
    ['日本語', 6],
    ['e\u0301', 1],
    ['👍', 2],
    ['👩‍👩‍👧', 2],
    ['●…→', 3],
    ['ｆｕｌｌ', 8],
    ['Ünïcödé', 7],
  ])('of %j is %i', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe('cut', () => {
  test.each([
    ['fits', 4, 'fits'],
    ['too long', 5, 'too…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['anything', 0, ''],
  ])('%j to %i columns is %j', (text, max, expected) => {
    expect(cut(text, max)).toBe(expected);
  });

  test('is never wider than asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, max) => {
        expect(textWidth(cut(text, max))).toBeLessThanOrEqual(max);
      }),
    );
  });
});

test('pad fills up by columns, not by characters', () => {
  expect(pad('日本', 6)).toBe('日本  ');
  expect(pad('wider', 3)).toBe('wider');
});

describe('wrap', () => {
  test('breaks at spaces, and inside a word only where it must', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('a abcdefghij', 4)).toEqual(['a', 'abcd', 'efgh', 'ij']);
    expect(wrap('', 4)).toEqual(['']);
  });

  test('loses nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii' })), fc.integer({ min: 2, max: 40 }), (words, max) => {
        const text = words.join(' ');
        const lines = wrap(text, max);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(max);
      }),
    );
  });
});
