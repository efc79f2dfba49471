import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

/** What a taker said: the number it has, or why it was refused. */
export interface Outcome {
  n?: number;
  error?: string;
}

/** A process of its own that tries to take office when told to. */
export interface Taker {
  pid: number;
  /** Resolves with the outcome. */
  take(): Promise<Outcome>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
}

/** Bundles the process into `folder`; returns its script. */
export async function bundleTaker(folder: string): Promise<string> {
  const outfile = join(folder, 'taker.mjs');
  const source = join(import.meta.dirname, 'fixtures/taker.ts');
  await build({ entryPoints: [source], outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'warning' });
  return outfile;
}

/** Starts a taker, which is ended with the test. */
export async function startTaker(script: string, stateDir: string): Promise<Taker> {
  const child = spawn(process.execPath, [script, stateDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => kill(child));
  const lines = createInterface({ input: child.stdout });
  await nextLine(lines);
  return {
    pid: child.pid ?? 0,
    take: async () => {
      child.stdin.write('go\n');
      return JSON.parse(await nextLine(lines)) as Outcome;
    },
    kill: () => kill(child),
  };
}

async function nextLine(lines: Interface): Promise<string> {
  const [line]: unknown[] = await once(lines, 'line');
  return String(line);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
