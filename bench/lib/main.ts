import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Row } from './row.ts';
import { asJson, asTable } from './table.ts';

/**
 * Runs the benchmarks named on the command line in turn, each in a process of its own, and prints one table
 * (`--json`: a list) of what was measured, also if it is interrupted. A figure that falls short is shown as such
 * and is no failure.
 */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..');

await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());
  const rows: Row[] = [];
  for (const name of args.filter((arg) => !arg.startsWith('--'))) {
    if (interrupted.signal.aborted) break;
    console.error(`measuring ${name} …`);
    rows.push(...(await rowsOf(name, interrupted.signal)));
  }
  console.log(args.includes('--json') ? asJson(rows) : asTable(rows));
}

/** The rows of one benchmark; none, and an exit code of 1, if it could not be run or was interrupted. */
async function rowsOf(name: string, signal: AbortSignal): Promise<Row[]> {
  const child = spawn(process.execPath, [join(FOLDER, `${name}.js`)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const onAbort = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', onAbort);
  const output = await text(child.stdout);
  signal.removeEventListener('abort', onAbort);
  if (output !== '') return JSON.parse(output) as Row[];
  process.stderr.write(`${name} could not be measured.\n`);
  process.exitCode = 1;
  return [];
}
