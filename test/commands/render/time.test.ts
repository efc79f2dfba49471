import { expect, test } from 'vitest';
import { clock, span } from '../../../src/commands/render/time.ts';

test.each([
  [-1, '0s'],
  [4.9, '4s'],
  [59, '59s'],
  [60, '1m'],
  [3599, '59m'],
  [3600, '1h'],
  [86_399, '23h'],
  [200_000, '2d'],
])('%d seconds are %s', (seconds, text) => {
  expect(span(seconds)).toBe(text);
});

test('a time of another day has its date', () => {
  const now = new Date(2026, 10, 20, 12, 0, 0);
  expect(clock(new Date(2026, 10, 20, 9, 5, 7).toISOString(), now)).toBe('09:05:07');
  expect(clock(new Date(2026, 10, 19, 9, 5, 7).toISOString(), now)).toBe('2026-11-19 09:05:07');
});
