import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHECKOUT } from '../harness/dist.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/** How long a busy process may take to collect its garbage, in milliseconds. */
const ANSWER_MAX_MS = 30_000;

/** What a process holds after its garbage was collected. */
export interface Holding {
  /** On the heap, and outside it on behalf of the heap, in bytes. */
  used: number;
  /** In RAM, in bytes; it includes what the engine has not given back. */
  rss: number;
  /** Open files, sockets and pipes; 0 where the system does not tell. */
  openFiles: number;
}

export interface Probe {
  /** With this in its environment a program of Node, and whatever it starts, can be measured. */
  env: Record<string, string>;
  /** Has such a process collect its garbage, and tells what is left. */
  measure(pid: number): Promise<Holding>;
}

export function makeProbe(sandbox: Sandbox): Probe {
  const folder = join(sandbox.root, 'memory');
  mkdirSync(folder);
  const preloaded = pathToFileURL(join(CHECKOUT, 'test/soak/fixtures/memory-probe.mjs')).href;
  return {
    env: { NODE_OPTIONS: `--import=${preloaded}`, MEMORY_PROBE: folder },
    async measure(pid) {
      const ask = join(folder, `${pid}.ask`);
      const answer = join(folder, `${pid}.answer`);
      writeFileSync(ask, '');
      await until(() => existsSync(answer), { what: `the memory of process ${pid}`, withinMs: ANSWER_MAX_MS });
      const { used, rss } = JSON.parse(readFileSync(answer, 'utf8')) as { used: number; rss: number };
      for (const file of [ask, answer]) rmSync(file);
      return { used, rss, openFiles: openFiles(pid) };
    },
  };
}

function openFiles(pid: number): number {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : 0;
}
