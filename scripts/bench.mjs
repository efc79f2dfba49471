/**
 * Measures. `npm run bench` runs every file of bench/ but those that are run on request only,
 * `npm run bench -- publish wake` those named, `--json` prints a list instead of a table. What is measured is
 * dist/, so build first.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING } from './bundling.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const BENCH = join(ROOT, 'bench');
/** `peers` installs packages of others, `soak` takes an hour. */
const ON_REQUEST = ['peers', 'soak'];
/** Folders of bench/ with programs of their own; everything else is bundled into these. */
const PROGRAMS = ['.', 'drivers', 'floors'];

const benchmarks = readdirSync(BENCH)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replace(/\.ts$/, ''))
  .sort();
const usual = benchmarks.filter((name) => !ON_REQUEST.includes(name));
await main(process.argv.slice(2));

async function main(args) {
  const options = args.filter((arg) => arg.startsWith('--'));
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = [
    ...names.filter((name) => !benchmarks.includes(name)),
    ...options.filter((name) => name !== '--json'),
  ];
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(', ')}. There are ${benchmarks.join(', ')}, and --json.`);
    process.exitCode = 2;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'paw-bench-'));
  try {
    await bundle(folder);
    const child = spawn(
      process.execPath,
      [join(folder, 'lib/main.js'), ...options, ...(names.length > 0 ? names : usual)],
      { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PAW_CHECKOUT: ROOT } },
    );
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    const [code] = await once(child, 'exit');
    process.exitCode = code ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each bundle is whole in itself, as the program's are, so that none starts slower for its place. */
async function bundle(outdir) {
  const entryPoints = readdirSync(BENCH, { recursive: true })
    .map((name) => join(BENCH, name))
    .filter((path) => path.endsWith('.ts') && isEntryPoint(relative(BENCH, path)));
  await build({ ...BUNDLING, entryPoints, outbase: BENCH, outdir });
}

function isEntryPoint(name) {
  return PROGRAMS.includes(dirname(name)) || name === join('lib', 'main.ts');
}
