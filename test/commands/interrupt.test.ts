import process from 'node:process';
import { expect, test, vi } from 'vitest';
import { onInterrupt } from '../../src/commands/interrupt.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

test('takes the first signal as a request, a second one some time later as impatience', () => {
  const now = vi.spyOn(performance, 'now');
  const before = SIGNALS.map((name) => process.listenerCount(name));
  const interrupt = onInterrupt();
  try {
    now.mockReturnValue(1000);
    process.emit('SIGINT');
    expect([interrupt.signal.aborted, interrupt.again.aborted]).toEqual([true, false]);
    now.mockReturnValue(1100);
    process.emit('SIGINT');
    expect(interrupt.again.aborted).toBe(false);
    now.mockReturnValue(2000);
    process.emit('SIGTERM');
    expect(interrupt.again.aborted).toBe(true);
  } finally {
    interrupt.dispose();
    now.mockRestore();
  }
  expect(SIGNALS.map((name) => process.listenerCount(name))).toEqual(before);
});
