import type { Voice } from './voice.ts';

/** How long the supervisor waits for mail before it looks whether the others still work, in seconds. */
const WAIT_SECONDS = 1;

/** A supervisor who verifies every commit it is asked to. */
export interface Supervisor {
  /** Reads a batch of mail without waiting; returns how many messages there were. */
  read(): Promise<number>;
  /** Reads mail until `work` is done. */
  during(work: Promise<unknown>): Promise<void>;
}

export function supervise(voice: Voice): Supervisor {
  async function read(waitSeconds = 0): Promise<number> {
    const messages = await voice.poll(waitSeconds);
    for (const { type, seq } of messages) {
      if (type === 'supervisor.verify-now') await voice.publish({ type: 'verified', re: seq });
    }
    return messages.length;
  }

  return {
    read: () => read(),
    async during(work) {
      let done = false;
      const finished = work.finally(() => {
        done = true;
      });
      finished.catch(() => {});
      while (!done) await read(WAIT_SECONDS);
      await finished;
    },
  };
}
