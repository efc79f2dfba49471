import { isAlive } from '../repository/process.ts';
import { endSessions, unconnected } from '../state/roster/sessions.ts';
import { nextDeadline, tick } from '../state/tick.ts';
import type { Engine } from './engine.ts';

/** The longest time between two looks at the clock, in milliseconds: a dead process is noticed this late. */
const LOOK_EVERY_MS = 1000;
/** The shortest, so that a deadline that cannot be met yet does not keep the processor busy. */
const LOOK_MIN_MS = 10;

/** Lets time take effect: leases end, and the sessions of dead processes. Returns the function that stops it. */
export function startClock(engine: Engine, onError: (error: unknown) => void): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;

  const look = async (): Promise<void> => {
    try {
      await engine.decide(tick);
      const dead = unconnected(engine.state).filter(({ pid, pid_started }) => !isAlive(pid, pid_started));
      const ids = dead.map((session) => session.id);
      if (ids.length > 0) await engine.decide((tx) => endSessions(tx, ids));
    } catch (error) {
      onError(error);
    }
    if (!stopped) plan();
  };

  const plan = (): void => {
    const { mono } = engine.now();
    const deadline = nextDeadline(engine.state, engine.now()) ?? Number.POSITIVE_INFINITY;
    const delay = Math.min(LOOK_EVERY_MS, Math.max(LOOK_MIN_MS, deadline - mono));
    timer = setTimeout(() => void look(), delay);
  };

  plan();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
