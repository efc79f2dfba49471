import { describe, expect, it } from 'vitest';
import type { Region } from '../../src/protocol/targets.ts';
import { describeTarget, regionsIntersect, sayPart, withoutPart } from '../../src/state/patterns/regions.ts';

const fn = (name: string): Region => ({ kind: 'function', name });
const cls = (name: string): Region => ({ kind: 'class', name });
const block = (anchor: string): Region => ({ kind: 'block', anchor });
const lines = (start_line: number, end_line: number): Region => ({ kind: 'range', start_line, end_line });

describe('regionsIntersect', () => {
  it.each<[string, Region | undefined, Region | undefined, ReturnType<typeof regionsIntersect>]>([
    ['other names', fn('validate_token'), fn('refresh_session'), false],
    ['one name', fn('validate_token'), fn('validate_token'), { cross: false, part: 'function:validate_token' }],
    [
      'spellings of a name',
      fn('validate_token'),
      fn('Validate Token()'),
      { cross: false, part: 'function:validate_token' },
    ],
    ['dashes', fn('--foo - bar__'), fn('foo_bar'), { cross: false, part: 'function:foo_bar' }],
    ['a keyword before it', fn('def login'), fn('login'), { cross: false, part: 'function:login' }],
    ['a name that begins like a keyword', cls('classify'), cls('ify'), false],
    ['a missing separator', fn('foo_bar'), fn('foobar'), false],
    ['only one pair of brackets', fn('a()()'), fn('a'), false],
    ['lines that meet', lines(10, 30), lines(25, 45), { cross: false, part: 'L25-L30' }],
    ['lines that touch', lines(1, 10), lines(10, 12), { cross: false, part: 'L10-L10' }],
    ['lines apart', lines(10, 20), lines(30, 40), false],
    ['a name and lines', fn('login'), lines(1, 2), { cross: true, part: 'function:login' }],
    ['a block and lines', block('// auth'), lines(1, 2), { cross: true, part: 'block:// auth' }],
    ['kinds with one name', cls('User'), fn('user'), { cross: true, part: 'function:user' }],
    ['kinds with other names', cls('User'), fn('login'), false],
    ['a whole file', undefined, fn('login'), { cross: false, part: 'function:login' }],
    ['two whole files', undefined, undefined, { cross: false, part: '' }],
  ])('%s', (_, a, b, expected) => {
    expect(regionsIntersect(a, b)).toEqual(expected);
    expect(regionsIntersect(b, a)).toEqual(expected);
  });
});

it('names targets and their parts', () => {
  expect(describeTarget({ path: 'a.ts' })).toBe('a.ts');
  expect(describeTarget({ path: 'a.ts', region: fn('login') })).toBe('a.ts#function:login');
  expect(describeTarget({ path: 'a.ts', region: lines(10, 30) })).toBe('a.ts#L10-L30');
  expect(describeTarget({ path: 'a.ts', region: block('x#y') })).toBe('a.ts#block:x#y');
  expect(withoutPart('a.ts#L10-L30')).toBe('a.ts');
  expect(withoutPart('a.ts#block:x#y')).toBe('a.ts');
  expect(withoutPart('a#b.ts')).toBe('a#b.ts');
  expect(sayPart('L25-L30')).toBe('range 25-30');
  expect(sayPart('function:login')).toBe('function login');
});
