import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import { type Location, locate } from '../../src/tools/targets.ts';
import type { Tree } from '../../src/tools/tree.ts';
import { fakeTree } from './fakes.ts';

const PLACE = { call: { name: 'claim', takes: ['paths'], example: {} }, field: { name: 'paths[0]' } };
const at = (path: string, tree: Tree = fakeTree()): Location => locate(path, tree, PLACE);
const matches = (location: Location, path: string): boolean =>
  picomatch(location.glob ?? '', { dot: true, noextglob: true, nonegate: true })(path);

describe('a literal path', () => {
  test.each([
    ['src/a.ts', 'src/a.ts'],
    ['./src//a.ts', 'src/a.ts'],
    ['src/x/../a.ts', 'src/a.ts'],
    ['src/auth/', 'src/auth'],
    ['.', '.'],
    ['', '.'],
    ['/repo', '.'],
    ['/repo/', '.'],
    ['/repo/src/a.ts', 'src/a.ts'],
    ['/repo/x/../src/a.ts', 'src/a.ts'],
    ['../repo/src/a.ts', 'src/a.ts'],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx'],
    ['a (copy).ts', 'a (copy).ts'],
    ['!important.md', '!important.md'],
    ['..hidden/a', '..hidden/a'],
    ['a\\b.ts', 'a\\b.ts'],
    ['a#b', 'a#b'],
    ['café "x" -> y.txt', 'café "x" -> y.txt'],
  ])('%s is %s', (written, path) => {
    expect(at(written)).toEqual({ path });
  });

  test.each(['/etc/passwd', '/repository/a', '../a', 'a/../../b', '/repo/../other/a', '/'])('%s is refused', (path) => {
    expect(() => at(path)).toThrow(/`paths\[0\]`.*outside.*\/repo/);
  });

  test('a name with wildcards that exists is that name', () => {
    expect(at('src/a*.ts', fakeTree(['src/a*.ts']))).toEqual({ path: 'src/a*.ts' });
    expect(at('src/a*.ts')).toEqual({ path: 'src/a*.ts', glob: 'src/a*.ts' });
  });

  test('a name that is a file says so, also where a link leads to it', () => {
    const tree = fakeTree(['src', 'src/a*.ts'], { current: 'src' }, ['src/a*.ts']);
    expect(at('src/a*.ts', tree)).toEqual({ path: 'src/a*.ts', file: true });
    expect(at('current/a*.ts', fakeTree(['current/a*.ts'], { current: 'src' }, ['src/a*.ts']))).toEqual({
      path: 'src/a*.ts',
      file: true,
    });
    expect(at('src', tree)).toEqual({ path: 'src' });
  });

  test('links are followed inside and refused outside', () => {
    const tree = fakeTree([], { current: 'versions/2', away: '/mnt/data' });
    expect(at('current/a.ts', tree)).toEqual({ path: 'versions/2/a.ts' });
    expect(at('current/*.ts', tree)).toEqual({ path: 'versions/2/*.ts', glob: 'versions/2/*.ts' });
    expect(() => at('away/a', tree)).toThrow(/outside/);
    expect(() => at('away/*', tree)).toThrow(/outside/);
  });

  test('on Windows a backslash separates, and case does not tell the root apart', () => {
    const tree: Tree = {
      ...fakeTree(),
      root: 'C:\\Work\\repo',
      backslashes: true,
      real: (path) => (path.includes(':') ? undefined : path),
    };
    expect(at('src\\a.ts', tree)).toEqual({ path: 'src/a.ts' });
    expect(at('c:\\work\\Repo\\src\\a.ts', tree)).toEqual({ path: 'src/a.ts' });
    expect(() => at('D:\\x', tree)).toThrow(/outside/);
  });

  test('without a worktree paths are relative only', () => {
    const { root: _, ...bare } = fakeTree();
    expect(at('./src/a.ts', bare)).toEqual({ path: 'src/a.ts' });
    expect(() => at('/src/a.ts', bare)).toThrow(/outside/);
    expect(() => at('../a.ts', bare)).toThrow(/outside/);
  });
});

describe('a pattern', () => {
  test.each<[string, string[], string[]]>([
    ['src/**/*.ts', ['src/a.ts', 'src/x/.y/a.ts'], ['a.ts', 'src/a.js']],
    ['/repo/src/*.ts', ['src/a.ts'], ['repo/src/a.ts']],
    ['./src/?.ts', ['src/a.ts'], ['src/ab.ts']],
    ['src/{a,b}.ts', ['src/a.ts', 'src/b.ts'], ['src/c.ts']],
    ['*.ts', ['.a.ts'], ['x/a.ts']],
    ['(app)/*', ['(app)/a'], ['app/a']],
    ['src/@(a|b)*', ['src/@(a|b)c'], ['src/a', 'src/b']],
    ['!(a)/*', ['!(a)/x'], ['b/x']],
    ['!src/*', ['!src/a'], ['src/a', 'lib/a']],
    ['!*', ['!a'], ['b']],
    ['a|b/*', ['a|b/x'], ['a', 'b/x']],
    ['"a"/*', ['"a"/x'], ['a/x']],
    ['a{b/*', ['a{b/c'], ['ab/c']],
    ['a}b/*', ['a}b/c'], ['ab/c']],
    ['{a,b/{c,d}', ['{a,b/c', '{a,b/d'], ['a', 'b/c']],
    ['a\\*/*', ['a*/b'], ['ax/b']],
    ['a+b$/*.c^', ['a+b$/x.c^'], ['aab/x.c']],
  ])('%s', (written, inside, outside) => {
    const location = at(written);
    for (const path of inside) expect(matches(location, path), path).toBe(true);
    for (const path of outside) expect(matches(location, path), path).toBe(false);
  });

  test('brackets are the name of a folder that exists, else a class', () => {
    const literal = at('app/[id]/*.tsx', fakeTree(['app/[id]']));
    expect(literal).toEqual({ path: 'app/[id]/*.tsx', glob: 'app/\\[id\\]/*.tsx' });
    expect(matches(literal, 'app/[id]/page.tsx')).toBe(true);
    expect(matches(literal, 'app/i/page.tsx')).toBe(false);
    expect(matches(at('app/[id]/*.tsx'), 'app/i/page.tsx')).toBe(true);
  });

  test('brackets are a name with any characters in them', () => {
    expect(matches(at('[{a,b}]/*', fakeTree(['[{a,b}]'])), '[{a,b}]/x')).toBe(true);
    expect(matches(at('[a]*/x', fakeTree()), 'ab/x')).toBe(true);
  });

  test('brackets after a wildcard cover the name as well as the class', () => {
    const location = at('**/[id]/*.tsx');
    expect(matches(location, 'app/[id]/page.tsx')).toBe(true);
    expect(matches(location, 'app/d/page.tsx')).toBe(true);
  });

  test('is shown as it was written', () => {
    expect(at('./(app)/{a,b}/').path).toBe('(app)/{a,b}');
  });

  test('of characters without a meaning matches itself', () => {
    const char = fc.constantFrom(...'ab.-_ ()|!"\'@+$^,;=~#&%{}[]');
    const name = fc.string({ unit: char, minLength: 1, maxLength: 8 }).filter((text) => !['.', '..'].includes(text));
    fc.assert(
      fc.property(name, (text) => {
        // Braces with a partner have a meaning.
        fc.pre(!/\{.*\}/.test(text) || text.includes('['));
        expect(matches(at(`${text}/*`, fakeTree([text])), `${text}/x`)).toBe(true);
      }),
    );
  });
});
