import type { Command } from 'commander';
import { WORKER_SLOTS_MAX } from '../protocol/limits.ts';
import { wholeNumber } from './options.ts';
import type { WorkerCommandOptions } from './worker.ts';

/** `paw-coordinator worker` and its options. */
export function addWorker(root: Command): void {
  root
    .command('worker')
    .description('take work items, and have a coding agent without a screen work on each')
    .option(
      '--slots <number>',
      `how many at a time, up to ${WORKER_SLOTS_MAX}; 1 if nothing is configured`,
      wholeNumber(1, WORKER_SLOTS_MAX),
    )
    .option('--once', 'end when there is no item left')
    .option('--push', 'push the branch of each item that has commits')
    .option('--follow', 'show what the agents print, as it comes')
    .addHelpText('after', '\nWhat it runs is `worker.command` in .paw/config.json; docs/workers.md has examples.')
    .action(async (options: WorkerCommandOptions) => (await import('./worker.ts')).worker(options));
}
