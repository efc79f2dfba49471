/**
 * The one test command: build, format and lint, types, tests, how much of the rules they reach, and a look at what
 * was left behind. Every step runs even if one before it failed. Arguments are handed to vitest, and leave out how much
 * is reached. The last line counts the tests and the checks together; the exit code is 1 if any failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { endLeftovers, findLeftovers } from './leftovers.mjs';
import { runningProcesses } from './processes.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** Counting branches slows down the tests that try thousands of cases. */
const COUNTED_TEST_MAX_MS = 120_000;
/** A log is read as plain text. */
const COLOURS = process.stdout.isTTY;
/** Tests of the rules run by themselves, so that what they reach is counted, and nothing that others reach. */
const RULES = 'test/state/**';
const ENV = {
  ...process.env,
  PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  ...(COLOURS ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined }),
};

const tally = { passed: 0, failed: 0 };
const failures = [];

await main(process.argv.slice(2));

async function main(vitestArguments) {
  await check('build', () => run(process.execPath, ['scripts/build.mjs']));
  await check('format and lint', () => run('biome', ['ci', ...(COLOURS ? [] : ['--colors=off']), '.']));
  await check('types', () => run('tsc', ['--noEmit']));
  const before = new Set(runningProcesses().map(({ pid }) => pid));
  const testRoot = realpathSync(mkdtempSync(join(tmpdir(), 'paw-test-')));
  const reports = mkdtempSync(join(tmpdir(), 'paw-report-'));
  try {
    const isWhole = vitestArguments.length === 0;
    await tests(isWhole ? ['--exclude', RULES] : vitestArguments, testRoot, join(reports, 'tests.json'));
    if (isWhole) await tests(counting(join(reports, 'coverage')), testRoot, join(reports, 'rules.json'));
    await check('nothing left behind', () => leftovers(testRoot, before));
  } finally {
    rmSync(testRoot, { recursive: true, force: true });
    rmSync(reports, { recursive: true, force: true });
  }
  if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
  console.log(`\n${tally.passed} passed, ${tally.failed} failed`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}

/** Runs one step and counts it as one check. */
async function check(name, step) {
  console.log(`\n=== ${name} ===`);
  count(name, await step());
}

function count(name, good) {
  tally[good ? 'passed' : 'failed'] += 1;
  if (!good) failures.push(name);
}

async function tests(vitestArguments, testRoot, report) {
  console.log(`\n=== tests ${vitestArguments.join(' ')} ===`);
  const reporting = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const good = await run('vitest', ['run', ...reporting, ...vitestArguments], { ...ENV, PAW_TEST_ROOT: testRoot });
  const { passed, failed } = readReport(report);
  tally.passed += passed;
  tally.failed += failed;
  if (failed > 0) failures.push(`${failed} of the tests`);
  if (passed + failed === 0) count('tests: none ran', false);
  else if (!good && failed === 0)
    count('tests: vitest reported an error outside them, or too little is reached', false);
}

/** Arguments for the tests of the rules; they fail if these reach fewer branches than vitest.config.ts asks for. */
function counting(folder) {
  const limits = ['--coverage', `--coverage.reportsDirectory=${folder}`, `--testTimeout=${COUNTED_TEST_MAX_MS}`];
  return ['--project=unit', ...limits, 'test/state'];
}

/** Tests that passed and failed; a file that could not be run counts as one failed test. */
function readReport(path) {
  let files = [];
  try {
    files = JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch (error) {
    console.log(`vitest wrote no report: ${error.message}`);
  }
  let passed = 0;
  let failed = 0;
  for (const { status, assertionResults } of files) {
    const failedHere = assertionResults.filter((test) => test.status === 'failed').length;
    passed += assertionResults.filter((test) => test.status === 'passed').length;
    failed += failedHere === 0 && status === 'failed' ? 1 : failedHere;
  }
  return { passed, failed };
}

async function leftovers(testRoot, before) {
  const found = await findLeftovers({ dist: join(ROOT, 'dist'), testRoot, before });
  for (const { what } of found) console.log(`left behind: ${what}`);
  await endLeftovers(found);
  return found.length === 0;
}

/** Runs a program to its end, its output on ours; whether it exited with 0. */
function run(command, commandArguments, env = ENV) {
  return new Promise((done) => {
    const child = spawn(command, commandArguments, {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32' && command !== process.execPath,
    });
    child.once('error', (error) => {
      console.log(`${command} could not be run: ${error.message}`);
      done(false);
    });
    child.once('exit', (code) => done(code === 0));
  });
}
