import { describe, expect, test } from 'vitest';
import { nearest } from '../../src/errors/nearest.ts';

describe('nearest', () => {
  test.each([
    ['txt', ['type', 'text', 'to'], 'text'],
    ['tpye', ['text', 'type'], 'type'],
    ['Urgent', ['urgent'], 'urgent'],
    ['path', ['paths', 'names'], 'paths'],
    ['wait_second', ['wait_seconds', 'limit'], 'wait_seconds'],
    ['feat-ath', ['feat-api', 'feat-auth'], 'feat-auth'],
  ])('%s among %j is %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test.each([['colour'], ['x'], ['']])('"%s" is close to none', (word) => {
    expect(nearest(word, ['paths', 'names', 'reason'])).toBeUndefined();
  });
});
