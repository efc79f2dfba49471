import { describe, expect, test } from 'vitest';
import { glob, pathOrGlob } from '../../src/config/globs.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';

const GOOD_GLOBS = [
  ...DEFAULT_CONFIG.conflict.ignore,
  '*.lock',
  'docs/**',
  'a/{b,c}/*.ts',
  'v{1..9}',
  'app/[id]/**',
  'app/[[...slug]]/page.tsx',
  'app/(group)/*.ts',
  '[^a-z]*',
  'x[]]y',
  'a\\{b',
  'a\\[b*',
  '..hidden/*',
];
const BAD_GLOBS = [
  '/docs/**',
  'C:\\docs\\**',
  'C:/docs/**',
  '!docs/**',
  '../other/**',
  'docs/../**',
  './docs/**',
  'docs/*/',
  'a/{b,c',
  'a/b}/*',
  '[abc',
  'a[',
  'a[b/c]*',
  '*\\',
];

describe('a glob', () => {
  test.each(GOOD_GLOBS)('%s is one', (given) => {
    expect(glob().safeParse(given).data).toBe(given);
  });

  test.each([...BAD_GLOBS, 'dist/'])('%s is none', (given) => {
    const { error } = glob().safeParse(given);
    expect(error?.issues[0]?.message).toMatch(/^a glob from the root .*every \[ and \{ closed/);
  });
});

describe('a path or a glob', () => {
  test.each([...GOOD_GLOBS, 'docs/adr', './docs/adr/', 'CODEOWNERS', '.'])('%s is one', (given) => {
    expect(pathOrGlob().safeParse(given).data).toBe(given);
  });

  test.each([...BAD_GLOBS, '/docs', '../x', '!x'])('%s is none', (given) => {
    expect(pathOrGlob().safeParse(given).error?.issues[0]?.message).toMatch(/^a path or a glob from the root /);
  });
});
