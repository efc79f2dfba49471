import { getEventListeners } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { waitFor } from '../../src/coordinator/waits.ts';
import type { Transaction } from '../../src/state/transaction.ts';
import { memoryEngine } from './office.ts';

const LONG_MS = 50_000;

/** An engine without a disk, what it says went wrong, and how many listen to it. */
function setUp() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const defects: unknown[] = [];
  const engine = memoryEngine({ onError: (error) => defects.push(error) });
  let listening = 0;
  const listen = engine.onRecord.bind(engine);
  vi.spyOn(engine, 'onRecord').mockImplementation((listener) => {
    const stop = listen(listener);
    listening += 1;
    return () => {
      listening -= 1;
      stop();
    };
  });
  const closing = new AbortController();
  const call = new AbortController();
  const wait = (holds: () => boolean): Promise<void> =>
    waitFor({ engine, closing: closing.signal }, holds, { deadline: performance.now() + LONG_MS, signal: call.signal });
  /** Nothing is left of any wait. */
  const expectNothingLeft = (): void => {
    expect(listening).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    for (const { signal } of [closing, call]) expect(getEventListeners(signal, 'abort')).toEqual([]);
  };
  return { engine, defects, wait, closing, call, expectNothingLeft };
}

const change = (tx: Transaction): void => tx.emit({ kind: 'paused', agent: 'a', reason: 'a look' });

test.each([
  ['what is waited for', ({ engine }: ReturnType<typeof setUp>) => engine.decide(change)],
  ['the end of the time', async () => void vi.advanceTimersByTime(LONG_MS)],
  ['the stop of the coordinator', async ({ closing }: ReturnType<typeof setUp>) => closing.abort()],
])('a wait ends with %s, and leaves nothing', async (_, end) => {
  const set = setUp();
  const waiting = set.wait(() => set.engine.state.pauses.size > 0);
  await end(set);
  await waiting;
  set.expectNothingLeft();
});

test('a wait ends with its call, and leaves nothing', async () => {
  const { wait, call, expectNothingLeft } = setUp();
  const waiting = wait(() => false);
  call.abort(new Error('escape'));
  await expect(waiting).rejects.toThrow('escape');
  expectNothingLeft();
});

test.each([1, 2])('a condition that throws when asked for time %i ends that wait only', async (time) => {
  const { engine, defects, wait, expectNothingLeft } = setUp();
  let asked = 0;
  const waiting = wait(() => {
    asked += 1;
    if (asked === time) throw new Error('no such thing');
    return false;
  });
  const refused = expect(waiting).rejects.toThrow('no such thing');
  await engine.decide(change);
  await refused;
  expect(engine.state.pauses.size).toBe(1);
  expect(defects).toEqual([]);
  expectNothingLeft();
});

test('a listener that throws does not undo what was decided', async () => {
  const { engine, defects } = setUp();
  engine.onRecord(() => {
    throw new Error('a defect');
  });
  await engine.decide(change);
  expect(engine.state.pauses.get('a')).toBe('a look');
  expect(defects).toMatchObject([{ message: 'a defect' }]);
});
