import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace, type Reason } from '../../src/watch/pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const OPTIONS = { settleMs: 100, settleMaxMs: 400, gapMs: () => 500, idleMs: () => 10_000 };

/** A job whose runs are counted, each of which takes as long as it is told. */
function counted(tookMs = 0): { runs: { at: number; reason: Reason }[]; pace: Pace } {
  const runs: { at: number; reason: Reason }[] = [];
  const start = performance.now();
  const pace = new Pace(async (reason) => {
    runs.push({ at: performance.now() - start, reason });
    if (tookMs > 0) await new Promise((resolve) => setTimeout(resolve, tookMs));
  }, OPTIONS);
  return { runs, pace };
}

test('runs once for everything asked within the pause', async () => {
  const { runs, pace } = counted();
  for (let asked = 0; asked < 5; asked += 1) {
    pace.ask();
    await vi.advanceTimersByTimeAsync(50);
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(runs).toEqual([{ at: 300, reason: 'asked' }]);
  await pace.close();
});

test('does not wait for a pause for ever', async () => {
  const { runs, pace } = counted();
  for (let asked = 0; asked < 9; asked += 1) {
    pace.ask();
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(runs[0]?.at).toBe(400);
  await pace.close();
});

test.each([0, 120])('keeps a little more than the gap after a run, which tells at its end: of %i ms', async (took) => {
  const { runs, pace } = counted(took);
  void pace.now();
  pace.ask();
  await vi.advanceTimersByTimeAsync(took);
  pace.ask();
  await vi.advanceTimersByTimeAsync(1000);
  expect(runs.map(({ at }) => at)).toEqual([0, took + 510]);
  await pace.close();
});

test('now runs at once, and after a run that had begun before', async () => {
  const { runs, pace } = counted(50);
  const first = pace.now();
  const second = pace.now();
  const third = pace.now();
  await vi.advanceTimersByTimeAsync(200);
  await Promise.all([first, second, third]);
  expect(runs.map(({ at }) => at)).toEqual([0, 50]);
  await pace.close();
});

test('what is asked during a run is answered by the next', async () => {
  const { runs, pace } = counted(600);
  void pace.now();
  await vi.advanceTimersByTimeAsync(100);
  pace.ask();
  await vi.advanceTimersByTimeAsync(1100);
  expect(runs).toHaveLength(2);
  expect(runs[1]?.at).toBeGreaterThanOrEqual(600);
  const closed = pace.close();
  await vi.advanceTimersByTimeAsync(1000);
  await closed;
});

test('runs by itself when nothing has asked for long, and never after close', async () => {
  const { runs, pace } = counted();
  await pace.now();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(runs).toEqual([
    { at: 0, reason: 'asked' },
    { at: 10_000, reason: 'idle' },
  ]);
  await pace.close();
  pace.ask();
  await pace.now();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(runs).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});
