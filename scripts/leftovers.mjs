import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { belongsTo, runningProcesses } from './processes.mjs';

/** Processes that are just ending are given this long. */
const ENDING_MAX_MS = 3000;
const PROBE_EVERY_MS = 100;

/**
 * What the tests left behind: entries of their folder, and processes that belong to that folder or run this
 * checkout's build. A process of another test run beside this one is not ours.
 * @type {typeof import('./leftovers.d.mts').findLeftovers}
 */
export async function findLeftovers({ dist, testRoot, before, endingMaxMs = ENDING_MAX_MS }) {
  const deadline = Date.now() + endingMaxMs;
  let processes = ours({ dist, testRoot, before });
  while (processes.length > 0 && Date.now() < deadline) {
    await sleep(PROBE_EVERY_MS);
    processes = ours({ dist, testRoot, before });
  }
  return [
    ...processes.map((running) => ({
      what: `process ${running.pid}: ${running.command}`,
      ...(belongsTo(running, testRoot) ? { pid: running.pid } : {}),
    })),
    ...readdirSync(testRoot, { recursive: true }).map((name) => ({ what: join(testRoot, name) })),
  ];
}

/**
 * Ends the processes among the leftovers.
 * @type {typeof import('./leftovers.d.mts').endLeftovers}
 */
export async function endLeftovers(leftovers) {
  for (const { pid } of leftovers) {
    if (pid === undefined) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}

function ours({ dist, testRoot, before }) {
  const otherRuns = join(dirname(testRoot), 'paw-test-');
  return runningProcesses().filter((running) => {
    if (belongsTo(running, testRoot)) return true;
    const ofAnotherRun = [running.command, running.cwd, running.home].some((text) => text.includes(otherRuns));
    return running.command.includes(dist) && !before.has(running.pid) && !ofAnotherRun;
  });
}
