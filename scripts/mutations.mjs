/**
 * Breaks rules on purpose, one at a time, and looks whether the tests notice: `npm run mutations`, or
 * `npm run mutations -- mail` for those whose rule or file says so. test/mutations.json lists them. Each is made in
 * a copy of the repository, where the tests it names are run; the exit code is 1 if one of them survives.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** What the tests of rules need of the repository. */
const COPIED = ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** Longest run of the tests of one mutation, in milliseconds; one that makes a rule go on for ever is no good. */
const RUN_MAX_MS = 120_000;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
await main(process.argv.slice(2));

async function main(words) {
  const all = JSON.parse(readFileSync(join(ROOT, 'test/mutations.json'), 'utf8'));
  const mutations = all.filter(({ what, file }) => words.every((word) => `${what} ${file}`.includes(word)));
  if (mutations.length === 0) {
    console.error(`No mutation says ${words.join(' and ')}.`);
    process.exitCode = 2;
    return;
  }
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'paw-mutations-')));
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
    await tryAll(copy, mutations);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function tryAll(copy, mutations) {
  const tests = [...new Set(mutations.flatMap((mutation) => mutation.tests))];
  const untouched = await run(copy, tests);
  if (untouched !== 'passed') {
    console.error(`The tests have to pass before anything is broken, and ${untouched}.`);
    process.exitCode = 1;
    return;
  }
  let noticed = 0;
  for (const mutation of mutations) {
    const found = await tryOne(copy, mutation);
    if (interrupted.signal.aborted) break;
    if (found === 'noticed') noticed += 1;
    console.log(`${found.padEnd(10)}${mutation.file}: ${mutation.what}`);
  }
  console.log(`\n${noticed} of ${mutations.length} noticed`);
  process.exitCode = noticed === mutations.length ? 0 : 1;
}

/** What becomes of one mutation: `noticed`, `SURVIVED`, or why it could not be tried. */
async function tryOne(copy, { file, text, instead, tests }) {
  const path = join(copy, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(text).length !== 2) return 'NOT FOUND';
  writeFileSync(
    path,
    source.replace(text, () => instead),
  );
  try {
    const outcome = await run(copy, tests);
    return { passed: 'SURVIVED', failed: 'noticed' }[outcome] ?? 'NO RESULT';
  } finally {
    writeFileSync(path, source);
  }
}

/** `passed` or `failed` as the tests did; anything else if they could not be run to their end. */
async function run(copy, tests) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const reporting = ['--reporter=json', `--outputFile=${report}`, '--bail=1'];
  // In threads, so that a rule that goes on for ever ends with the process.
  const child = spawn(process.execPath, [vitest, 'run', '--project=unit', '--pool=threads', ...reporting, ...tests], {
    cwd: copy,
    stdio: 'ignore',
    killSignal: 'SIGKILL',
    signal: AbortSignal.any([interrupted.signal, AbortSignal.timeout(RUN_MAX_MS)]),
  });
  try {
    await once(child, 'exit');
    const { numFailedTests, success } = JSON.parse(readFileSync(report, 'utf8'));
    return success ? 'passed' : numFailedTests > 0 ? 'failed' : 'a file of them could not be loaded';
  } catch (error) {
    return `they did not run to their end (${error.message})`;
  }
}
