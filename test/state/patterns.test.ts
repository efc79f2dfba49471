import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/protocol/targets.ts';
import { ThingIndex } from '../../src/state/claims/thing-index.ts';
import { compileGlob } from '../../src/state/patterns/glob.ts';
import { globMatches } from '../../src/state/patterns/glob-match.ts';
import { baseOf, covers, overlaps } from '../../src/state/patterns/patterns.ts';
import { target } from './world.ts';

const matches = (glob: string, path: string): boolean => globMatches(compileGlob(glob), path);

describe('a file', () => {
  const meets = (glob: string, file?: true): boolean =>
    overlaps({ path: 'src/login.ts', ...(file ? { file } : {}) }, { path: glob, glob });

  it('meets the globs that match it, while what may be a folder meets those that match below it too', () => {
    for (const glob of ['**/*.ts', 'src/*', '**', 'src/**']) expect(meets(glob, true), glob).toBe(true);
    for (const glob of ['**/*.test.ts', 'src/*/a.ts', 'src/login.ts/*.js']) {
      expect(meets(glob, true), glob).toBe(false);
      expect(meets(glob), glob).toBe(true);
    }
  });

  it('meets folders and files as any literal path does', () => {
    for (const path of ['src', '.', 'src/login.ts', 'src/login.ts/below'])
      expect(overlaps({ path: 'src/login.ts', file: true }, { path })).toBe(true);
    expect(overlaps({ path: 'src/login.ts', file: true }, { path: 'src/login' })).toBe(false);
  });
});

describe('globs', () => {
  it('with more ranges than can be kept count as everything, and cost next to nothing', () => {
    const large = `a${'{1..1000}'.repeat(400)}`;
    expect(compileGlob(large).length).toBeLessThan(10);
    expect(matches(large, 'anything/at/all')).toBe(true);
    expect(matches('{1..1000}-{1..1000}', '7-1000')).toBe(true);
    expect(matches('{1..1000}-{1..1000}', '7-1001')).toBe(false);
  });

  it.each([
    ['*.ts', 'a.ts', true],
    ['*.ts', '.a.ts', true],
    ['*.ts', 'b/a.ts', false],
    ['src/**', 'src', true],
    ['src/**', 'src/a/b', true],
    ['src/**', 'srcs', false],
    ['**/a.ts', 'a.ts', true],
    ['**/a.ts', 'x/y/a.ts', true],
    ['**/a.ts', 'x/ya.ts', false],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/b', 'ab', false],
    ['a/**/b', 'a/xb', false],
    ['{a,b/c}.ts', 'b/c.ts', true],
    ['{a,b/c}.ts', 'c.ts', false],
    ['{a,{b},c}', '{b}', true],
    ['{a,{b},c}', 'c', true],
    ['{a,{b},c}', 'b', false],
    ['{a}', '{a}', true],
    ['v{9..11}', 'v10', true],
    ['v{9..11}', 'v12', false],
    ['v{11..9}', 'v10', true],
    ['v{a..c}', 'vb', true],
    ['v{c..a}', 'vb', true],
    ['v{a..c}', 'vd', false],
    ['v{a..9}', 'vb', false],
    ['v{a..9}', 'v{a..9}', true],
    ['v{1..2000}', 'v2000', true],
    ['v{1..2000}', 'x', false],
    ['v{2001..1}', 'x', true],
    ['v{-999999999..999999999}', 'x', true],
    ['x{,y}', 'x', true],
    ['[a-c]?.ts', 'b1.ts', true],
    ['[^a-c].ts', 'b.ts', false],
    ['[^a-c].ts', 'd.ts', true],
    ['a[^b]c', 'a/c', false],
    ['\\[id\\]/*', '[id]/page.tsx', true],
    ['[id', '[id', true],
    ['(group)/*', '(group)/page.tsx', true],
    ['(a|b)', 'a', false],
    ['!(a)*', '!(a)b', true],
    ['a+', 'aa', false],
    ['we"ird*', 'we"ird.ts', true],
    ['日本*', '日本語.txt', true],
    ['', 'a', false],
    ['**', 'a/b', true],
  ])('%s against %s: %s', (glob, path, expected) => {
    expect(matches(glob, path)).toBe(expected);
  });

  it('longer than 8,192 characters count as everything', () => {
    expect(matches('a'.repeat(8192), 'b')).toBe(false);
    expect(matches('a'.repeat(8193), 'b')).toBe(true);
  });

  it('nest braces fifty deep, and count as everything if they are deeper', () => {
    const nested = (depth: number): string => (depth === 0 ? 'x' : `{y,${nested(depth - 1)}}`);
    expect([matches(nested(50), 'x'), matches(nested(50), 'z')]).toEqual([true, false]);
    expect([matches(nested(51), 'x'), matches(nested(51), 'z')]).toEqual([true, true]);
    expect([matches('{'.repeat(60), '{'.repeat(60)), matches('{'.repeat(60), 'z')]).toEqual([true, false]);
  });

  it('that are too long to be compared count as overlapping', () => {
    const meet = (length: number): boolean => {
      const [a, b] = ['a', 'b'].map((letter) => `${letter.repeat(length)}*`);
      return overlaps({ path: 'a', glob: a ?? '' }, { path: 'b', glob: b ?? '' });
    };
    expect([meet(1900), meet(2100)]).toEqual([false, true]);
  });

  it('takes no time on a pattern that makes a backtracking matcher hang', () => {
    // A matcher that backtracks would be busy for years, and this test would run out of time.
    expect(matches(`${'*a'.repeat(30)}b`, 'a'.repeat(200))).toBe(false);
  });

  it('ends on any text', () => {
    const odd = fc.string({ unit: fc.constantFrom(...'ab/*?{},[]!^-.\\()|'), maxLength: 24 });
    fc.assert(
      fc.property(odd, odd, (glob, path) => {
        expect(typeof matches(glob, path)).toBe('boolean');
      }),
      { numRuns: 3000 },
    );
  });

  it('is what picomatch says', () => {
    fc.assert(
      fc.property(globs, paths, (glob, path) => {
        const theirs = picomatch(glob, { dot: true, noextglob: true, nonegate: true, literalBrackets: false });
        expect(matches(glob, path)).toBe(theirs(path));
      }),
      { numRuns: 4000 },
    );
  });
});

describe('the folder a pattern begins in', () => {
  it.each([
    ['src/a/*.ts', ['src', 'a']],
    ['src/a*', ['src']],
    ['*.ts', []],
    ['**', []],
    ['src/**', ['src']],
    ['src/\\*/x*', ['src', '*']],
    ['app/\\[id\\]/*', ['app', '[id]']],
    ['a{b,c}/d', []],
  ])('of %s is %j', (glob, base) => {
    expect(baseOf({ path: glob, glob })).toEqual(base);
  });

  it('of a literal path is the path itself', () => {
    expect(baseOf({ path: 'src/a*b' })).toEqual(['src', 'a*b']);
    expect(baseOf({ path: '.' })).toEqual([]);
  });
});

describe('overlaps', () => {
  it.each([
    ['src', 'src/auth/a.ts', true],
    ['src', 'src2', false],
    ['.', 'a/b', true],
    ['.', '*.ts', true],
    ['src/auth/**', 'src/auth/login.ts', true],
    ['src/auth/**', 'src/auth.ts', false],
    ['src/auth/**', 'src', true],
    ['src/*', 'src/lib/x.ts', false],
    ['src/*', 'src', true],
    ['src/*.ts', 'src/*.js', false],
    ['src/**/a.ts', 'src/x/*.ts', true],
    // A literal may be a folder, with anything below it.
    ['**/*.test.ts', 'src/login', true],
    ['a/**/z', 'a/b/*', true],
    ['{a,b}/**', '{c,d}/**', false],
    ['A.ts', 'a.ts', false],
    ['[ab]*', 'c*', false],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(overlaps(target(a), target(b))).toBe(expected);
    expect(overlaps(target(b), target(a))).toBe(expected);
  });

  it('is never falsely denied, and only between two globs falsely claimed', () => {
    fc.assert(
      fc.property(targets, targets, paths, (a, b, path) => {
        if (covers(a, path) && covers(b, path)) expect(overlaps(a, b)).toBe(true);
        expect(overlaps(a, b)).toBe(overlaps(b, a));
      }),
      { numRuns: 4000 },
    );
  });

  it('finds a common path of two globs made from one path', () => {
    fc.assert(
      fc.property(paths, fc.func(fc.nat(9)), fc.func(fc.nat(9)), (path, one, two) => {
        const a = generalised(path, one);
        const b = generalised(path, two);
        expect(matches(a, path)).toBe(true);
        expect(matches(b, path)).toBe(true);
        expect(overlaps({ path: a, glob: a }, { path: b, glob: b })).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('is what an index finds', () => {
    fc.assert(
      fc.property(fc.array(targets, { maxLength: 12 }), targets, fc.nat(11), (known, asked, gone) => {
        const index = new ThingIndex();
        known.forEach((one, id) => {
          index.add(String(id), { on: 'path', target: one });
        });
        const left = known.map((one, id) => ({ one, id })).filter(({ id }) => id !== gone);
        const removed = known[gone];
        if (removed) index.remove(String(gone), { on: 'path', target: removed });
        const found = new Set<string>();
        index.overlapping({ on: 'path', target: asked }, (id) => found.add(id));
        const expected = left.filter(({ one }) => overlaps(one, asked)).map(({ id }) => String(id));
        expect([...found].sort()).toEqual(expected.sort());
      }),
      { numRuns: 2000 },
    );
  });
});

const names = fc.constantFrom('a', 'b', 'ab', 'c.ts', '.x', 'b.ts');
const paths = fc.array(names, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const segmentGlobs = fc.oneof(
  names,
  fc.constantFrom(
    '*',
    '**',
    '?',
    '*.ts',
    'a*',
    '*b',
    '[ab]',
    '[^a]*',
    '{a,b}',
    '{a,c.ts}',
    '?.ts',
    '.*',
    '*.*',
    '{a,b}*',
  ),
);
const globs = fc.array(segmentGlobs, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const targets: fc.Arbitrary<Target> = fc.oneof(
  fc.constant({ path: '.' }),
  fc.constant({ path: '**', glob: '**' }),
  paths.map((path) => ({ path })),
  paths.map((path) => ({ path, file: true as const })),
  globs.map((glob) => ({ path: glob, glob })),
  fc.tuple(globs, globs).map(([a, b]) => ({ path: `{${a},${b}}`, glob: `{${a},${b}}` })),
);

/** A glob that matches `path`: parts of it are replaced by wildcards. */
function generalised(path: string, choose: (at: number) => number): string {
  const segments = path.split('/').map((segment, at) => {
    const choice = choose(at);
    if (choice === 0) return '*';
    if (choice === 1) return '**';
    if (choice === 2) return `{${segment},zz}`;
    if (choice === 3) return `${segment.slice(0, 1)}*`;
    if (choice === 4) return segment.replace(/[a-z]/g, '?');
    return segment;
  });
  return segments.join('/');
}
