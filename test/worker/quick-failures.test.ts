import { expect, test } from 'vitest';
import { QuickFailures } from '../../src/worker/quick-failures.ts';

const QUICK = { hasFailed: true, tookMs: 9999 };

/** How long each pause is after runs that end one after the other, each at the end of the pause before. */
function pauses(runs: { hasFailed: boolean; tookMs: number }[]): number[] {
  const failures = new QuickFailures();
  let now = 1e6;
  return runs.map((run) => {
    failures.note(run, now);
    const left = failures.left(now);
    now += left;
    expect(failures.left(now)).toBe(0);
    expect(failures.isPausing).toBe(left > 0);
    return left / 1000;
  });
}

test('pauses double from the second failure in a row, up to a minute', () => {
  expect(pauses(Array(10).fill(QUICK))).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test.each([
  ['did not fail', { hasFailed: false, tookMs: 5 }],
  ['took longer', { hasFailed: true, tookMs: 10_000 }],
])('a run that %s ends it', (_what, run) => {
  expect(pauses([QUICK, QUICK, QUICK, run, QUICK, QUICK])).toEqual([0, 1, 2, 0, 0, 1]);
});

test('a run that ends well during a pause ends that too', () => {
  const failures = new QuickFailures();
  failures.note(QUICK, 0);
  failures.note(QUICK, 0);
  expect([failures.count, failures.left(400)]).toEqual([2, 600]);
  failures.note({ hasFailed: false, tookMs: 1 }, 400);
  expect([failures.count, failures.left(400)]).toEqual([0, 0]);
});
