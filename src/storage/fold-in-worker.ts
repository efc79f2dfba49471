import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import type { Folded, FoldJob } from './fold.ts';

const foldedSchema = z.object({ last: z.int(), removed: z.int() });

/**
 * Makes a snapshot in a worker thread, so that the coordinator goes on answering meanwhile.
 *
 * @param url the worker's script; the default is the one that was built with this file
 * @throws what the worker threw; the signal's reason if it is aborted, after the worker has ended
 */
export async function foldInWorker(job: FoldJob, signal: AbortSignal, url: URL = builtWorker()): Promise<Folded> {
  signal.throwIfAborted();
  const worker = new Worker(url, { workerData: job });
  // An error while it is being ended has nobody who waits for it, and must not end the coordinator.
  worker.on('error', () => {});
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    return await Promise.race([answer(worker, either), throwOnExit(worker, either)]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    ended.abort();
    await worker.terminate();
  }
}

/** Beside the bundle, or one folder up from a part that several bundles share. */
function builtWorker(): URL {
  const beside = new URL('./fold-worker.js', import.meta.url);
  return existsSync(beside) ? beside : new URL('../fold-worker.js', import.meta.url);
}

/** Also rejects with what the worker threw. */
async function answer(worker: Worker, signal: AbortSignal): Promise<Folded> {
  const [message]: unknown[] = await once(worker, 'message', { signal });
  return foldedSchema.parse(message);
}

async function throwOnExit(worker: Worker, signal: AbortSignal): Promise<never> {
  const [code]: unknown[] = await once(worker, 'exit', { signal });
  throw new Error(`the worker thread ended with code ${String(code)} before it was done`);
}
