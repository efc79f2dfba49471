import { expect, test } from 'vitest';
import { bodyLines } from '../../src/coordinator/learning-text.ts';

test('the fields of a known category come in their order, others after them, paths last', () => {
  const body = { paths: ['a.ts', 'b.ts'], extra: 1, workaround: 'set TZ', problem: 'dates are off', tool: 'vitest' };
  expect(bodyLines({ category: 'tooling_friction', title: 't', body })).toEqual([
    'tool: vitest',
    'problem: dates are off',
    'workaround: set TZ',
    'extra: 1',
    'paths: a.ts, b.ts',
  ]);
});

test('anything else is readable too, on one line each', () => {
  const body = { two_words: 'a\nb', list: [1, true, null], deep: { x: [{}] }, empty: '', none: [], nil: null };
  expect(bodyLines({ category: 'odd', title: 't', body })).toEqual([
    'two words: a b',
    'list: 1, true, null',
    'deep: {"x":[{}]}',
  ]);
  expect(bodyLines({ category: 'odd', title: 't' })).toEqual([]);
  expect(bodyLines({ category: 'constructor', title: 't', body: { x: '\u202e\u0007e' } })).toEqual(['x: e']);
});

test('of what the coordinator found only what the title does not tell', () => {
  const body = { agent: 'x', waiting_on: 'y', seconds: 45, needs: 'the API' };
  expect(bodyLines({ category: 'stuck_duration', title: 'x: blocked 45s waiting on y', body })).toEqual([
    'needs: the API',
  ]);
  const conflict = { agents: ['x', 'y'], shapes: ['forward'], paths: ['a.ts'] };
  expect(bodyLines({ category: 'conflict_event', title: 'x and y: conflict over a.ts', body: conflict })).toEqual([]);
});
