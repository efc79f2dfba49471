import type { WriteStream } from 'node:tty';
import type { WorkerEvent } from '../worker/events.ts';
import { openScreen } from './live-screen.ts';
import { lookFor } from './render/look.ts';
import { type SlotView, workerLine, workerScreen } from './render/worker.ts';

/** How often it is drawn anew, in milliseconds: times go on, and output comes in bursts. */
const DRAW_EVERY_MS = 250;
/** How many lines are kept to be shown below the slots, and printed at the end. */
const LINES_KEPT = 200;
const SECOND_MS = 1000;

/** A worker on a terminal: one line for each slot. */
export interface WorkerScreen {
  tell(event: WorkerEvent): void;
  /** Gives the terminal back, and leaves on it what was told. */
  close(): void;
}

interface Busy extends Omit<SlotView, 'seconds'> {
  since: number;
}

export function openWorkerScreen(terminal: WriteStream): WorkerScreen {
  const screen = openScreen(terminal);
  const busy = new Map<number, Busy>();
  const told: string[] = [];
  let slots = 1;

  const draw = (): void => {
    const now = performance.now();
    const count = Math.max(slots, ...busy.keys());
    const views = Array.from({ length: count }, (_, index): SlotView | undefined => {
      const run = busy.get(index + 1);
      return run && { ...run, seconds: (now - run.since) / SECOND_MS };
    });
    const room = Math.max(terminal.rows - count - 1, 0);
    screen.draw(workerScreen(views, room === 0 ? [] : told.slice(-room), lookFor(terminal, process.env)));
  };
  const timer = setInterval(draw, DRAW_EVERY_MS);

  return {
    tell(event) {
      if (event.kind === 'output') {
        const run = busy.get(event.slot);
        if (run && event.line.trim() !== '') run.last = event.line;
        return;
      }
      if (event.kind === 'ready') slots = event.slots;
      else if (event.kind === 'started')
        busy.set(event.slot, { id: event.id, title: event.title, last: '', since: performance.now() });
      else if ('slot' in event) busy.delete(event.slot);
      told.push(workerLine(event));
      if (told.length > LINES_KEPT) told.shift();
      draw();
    },
    close() {
      clearInterval(timer);
      screen.close();
      if (told.length > 0) terminal.write(`${told.join('\n')}\n`);
    },
  };
}
