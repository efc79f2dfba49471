import { describe, expect, test } from 'vitest';
import { isHalfARegion, regionText, splitRegion } from '../../src/tools/region-text.ts';

describe('a part of a file', () => {
  test.each<[string, string, object]>([
    ['a.ts#function:login', 'a.ts', { kind: 'function', name: 'login' }],
    ['a.ts#class:User', 'a.ts', { kind: 'class', name: 'User' }],
    ['a.ts#block:# routes', 'a.ts', { kind: 'block', anchor: '# routes' }],
    ['a.ts#L10-L30', 'a.ts', { kind: 'range', start_line: 10, end_line: 30 }],
    ['a.ts#L10', 'a.ts', { kind: 'range', start_line: 10, end_line: 10 }],
    ['a#b.ts#L1', 'a#b.ts', { kind: 'range', start_line: 1, end_line: 1 }],
  ])('%s', (text, path, region) => {
    expect(splitRegion(text)).toEqual({ path, region, suffix: text.slice(path.length) });
  });

  test.each([
    'a.ts',
    'a#b',
    'a.ts#macro:x',
    'a.ts#L',
    'a.ts#L1-30',
    'a.ts#function:',
    'a.ts#function: ',
    '#L10',
    'C#/a',
  ])('%s is all path', (text) => {
    expect(splitRegion(text)).toEqual({ path: text, suffix: '' });
  });

  test.each(['a.ts#function:', 'a.ts#class: ', 'a#b.ts#block:', 'a.ts#Function:login', 'a.ts#CLASS:User'])(
    '%s was meant to be one',
    (text) => {
      expect(isHalfARegion(text)).toBe(true);
    },
  );

  test.each(['a.ts#function:login', 'a.ts', 'a.ts#macro:x', 'a.ts#L1-30', '#function:', 'function:', 'C#/class:x'])(
    '%s is one, or has nothing of it',
    (text) => {
      expect(isHalfARegion(text)).toBe(false);
    },
  );

  test('is written as it is read', () => {
    for (const suffix of ['#function:login', '#class:User', '#block:top', '#L10-L30']) {
      expect(regionText(splitRegion(`a${suffix}`).region)).toBe(suffix);
    }
    expect(regionText(splitRegion('a#L7').region)).toBe('#L7-L7');
    expect(regionText(undefined)).toBe('');
  });
});
