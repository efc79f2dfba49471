import { describe, expect, test } from 'vitest';
import { claimedPath } from '../../src/commands/release.ts';

describe('claimedPath', () => {
  test.each([
    ['src/auth', 'src/auth'],
    ['src/auth/', 'src/auth'],
    ['src/**/*.ts', 'src/**/*.ts'],
    ['a.ts#function:login', 'a.ts#function:login'],
    ['./login.ts', 'src/auth/login.ts'],
    ['../api/', 'src/api'],
    ['/repo/README.md', 'README.md'],
    ['/repo', '.'],
    ['.', 'src/auth'],
    ['.github/ci.yml', '.github/ci.yml'],
    ['..odd', '..odd'],
  ])('%s in /repo/src/auth is %s', (given, expected) => {
    expect(claimedPath(given, '/repo/src/auth', '/repo')).toBe(expected);
  });

  test('refuses a path outside of the worktree', () => {
    expect(() => claimedPath('../../../x', '/repo/src/auth', '/repo')).toThrow('outside the worktree /repo');
  });
});
