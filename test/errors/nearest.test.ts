import { describe, expect, test } from 'vitest';
import { nearest } from '../../src/errors/nearest.ts';

describe('nearest', () => {
  test.each([
    ['txt', ['type', 'text', 'to'], 'text'],
    ['tpye', ['text', 'type'], 'type'],
    ['Urgent', ['urgent'], 'urgent'],
    ['path', ['paths', 'names'], 'paths'],
    ['wait_second', ['wait_seconds', 'limit'], 'wait_seconds'],
    ['adv', ['add', 'advance'], 'advance'],
    ['prio', ['title', 'priority'], 'priority'],
    ['Desc', ['depends_on', 'description'], 'description'],
    ['feat-ath', ['feat-api', 'feat-auth'], 'feat-auth'],
  ])('%s among %j is %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test('the beginning of several, and not nearly one of them, is close to none', () => {
    expect(nearest('feat', ['feat-login', 'feat-logout'])).toBeUndefined();
  });

  test.each([['colour'], ['x'], [''], ['pa']])('"%s" is close to none', (word) => {
    expect(nearest(word, ['paths', 'names', 'reason'])).toBeUndefined();
  });
});
