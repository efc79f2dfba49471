import type { Desk } from './desk.ts';

/**
 * Waits until something holds in the state, the time is over, or the coordinator stops: then whoever waits is
 * answered with what there is.
 *
 * @param holds asked now and after every record
 * @param options.deadline on the clock of `performance.now()`, in milliseconds
 * @throws the signal's reason if it is aborted; what `holds` throws
 */
export function waitFor(
  { engine, closing }: Pick<Desk, 'engine' | 'closing'>,
  holds: () => boolean,
  { deadline, signal }: { deadline: number; signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      try {
        if (signal.aborted) end(() => reject(signal.reason));
        else if (closing.aborted || holds() || performance.now() >= deadline) end(resolve);
      } catch (error) {
        end(() => reject(error));
      }
    };
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      stopListening();
      signal.removeEventListener('abort', check);
      closing.removeEventListener('abort', check);
      settle();
    };
    const stopListening = engine.onRecord(check);
    const timer = setTimeout(() => end(resolve), Math.max(0, deadline - performance.now()));
    signal.addEventListener('abort', check);
    closing.addEventListener('abort', check);
    check();
  });
}
