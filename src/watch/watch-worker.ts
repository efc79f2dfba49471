import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../repository/give-way.ts';
import { type Fact, watchJobSchema, watchOrderSchema } from './facts.ts';
import { systemEvents } from './folder-tree.ts';
import { Observer } from './observer.ts';

/**
 * The worker thread that watches one repository. Its data is a `WatchJob`; it tells `Fact`s, takes `WatchOrder`s,
 * and ends by itself after `stop`.
 */
giveWay();
const job = watchJobSchema.parse(workerData);
const stopping = new AbortController();
const tell = (fact: Fact): void => parentPort?.postMessage(fact);
const git = { env: job.env, signal: stopping.signal };
const observer = new Observer({ ...job, git, tell, source: systemEvents });

process.on('uncaughtException', (error) => {
  tell({ kind: 'failed', message: error.stack ?? error.message });
  void stop();
});
parentPort?.on('message', (message: unknown) => {
  const order = watchOrderSchema.parse(message);
  if (order.kind === 'base') observer.setBase(order.branch);
  else if (order.kind === 'look') void look(order.id, order.worktree);
  else void stop();
});
void observer.look();

async function look(id: number, worktree: string | undefined): Promise<void> {
  await observer.look(worktree);
  tell({ kind: 'looked', id });
}

async function stop(): Promise<void> {
  stopping.abort();
  await observer.close();
  parentPort?.close();
}
