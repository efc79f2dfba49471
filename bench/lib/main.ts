import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Row } from './row.ts';
import { asJson, table } from './table.ts';

/**
 * Runs the benchmarks named on the command line in turn, each in a process of its own, and prints one table
 * (`--json`: a list). A figure that falls short is shown as such and is no failure.
 */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..');

await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  const json = args.includes('--json');
  const rows: Row[] = [];
  for (const name of args.filter((arg) => !arg.startsWith('--'))) {
    process.stderr.write(`${name} …\n`);
    rows.push(...(await rowsOf(name)));
  }
  console.log(json ? asJson(rows) : table(rows));
}

/** The rows of one benchmark; none, and an exit code of 1, if it could not be run. */
async function rowsOf(name: string): Promise<Row[]> {
  const child = spawn(process.execPath, [join(FOLDER, `${name}.js`)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const output = await text(child.stdout);
  if (output !== '') return JSON.parse(output) as Row[];
  process.stderr.write(`${name} could not be measured.\n`);
  process.exitCode = 1;
  return [];
}
