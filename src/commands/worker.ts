import process from 'node:process';
import { programOf, thisInstallation } from '../clients/program.ts';
import { mainWorktree } from '../repository/worktrees.ts';
import type { WorkerEvent } from '../worker/events.ts';
import { runWorker } from '../worker/worker.ts';
import { here } from './coordinator-link.ts';
import { REFUSED_OR_FAILED } from './exit.ts';
import { onInterrupt } from './interrupt.ts';
import { print } from './output.ts';
import { workerLine } from './render/worker.ts';
import { openWorkerScreen } from './worker-screen.ts';

export interface WorkerCommandOptions {
  slots?: number;
  once?: boolean;
  push?: boolean;
  follow?: boolean;
}

/** `paw-coordinator worker`: takes work items, and has a coding agent without a screen work on each. */
export async function worker(options: WorkerCommandOptions): Promise<void> {
  const { commonDir, stateDir } = await here();
  const root = await mainWorktree(commonDir, { env: process.env });
  const interrupt = onInterrupt();
  const follow = options.follow === true;
  const screen = process.stdout.isTTY && !follow ? openWorkerScreen(process.stdout) : undefined;
  try {
    await runWorker({
      place: { commonDir, stateDir, ...(root !== undefined && { root }) },
      env: process.env,
      server: programOf(thisInstallation(), { portable: false }).server,
      ...(options.slots !== undefined && { slots: options.slots }),
      push: options.push === true,
      once: options.once === true,
      tell: screen ? (event) => screen.tell(event) : (event) => tell(event, follow),
      stop: interrupt.signal,
      hurry: interrupt.again,
    });
  } finally {
    screen?.close();
    interrupt.dispose();
  }
  // Not everything could be told to the coordinator.
  if (interrupt.again.aborted) process.exitCode = REFUSED_OR_FAILED;
}

function tell(event: WorkerEvent, follow: boolean): void {
  if (event.kind === 'problem') process.stderr.write(`${workerLine(event)}\n`);
  else if (event.kind !== 'output' || follow) print(workerLine(event));
}
