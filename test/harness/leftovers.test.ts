import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endLeftovers, findLeftovers } from '../../scripts/leftovers.mjs';
import { isRunning } from './processes.ts';
import { makeSandbox, type Sandbox } from './sandbox.ts';
import { until } from './until.ts';

const WAITING = ['-e', 'setInterval(() => {}, 1000)'];
let sandbox: Sandbox;
let testRoot: string;
beforeEach(async () => {
  sandbox = await makeSandbox();
  testRoot = realpathSync(mkdtempSync(join(sandbox.root, 'paw-test-')));
});
afterEach(async () => {
  await rm(testRoot, { recursive: true, force: true });
  await sandbox.dispose();
});

test('a clean run leaves nothing', async () => {
  expect(await findLeftovers({ dist: join(sandbox.root, 'dist'), testRoot, before: new Set() })).toEqual([]);
});

test('files and processes are named, and the processes ended', async () => {
  writeFileSync(join(testRoot, 'coordinator.sock'), '');
  const inRoot = spawn(process.execPath, WAITING, { cwd: testRoot, stdio: 'ignore' });
  const found = await findLeftovers({ dist: join(sandbox.root, 'dist'), testRoot, before: new Set(), endingMaxMs: 0 });
  expect(found.map(({ pid }) => pid)).toEqual([inRoot.pid, undefined]);
  expect(found[1]?.what).toBe(join(testRoot, 'coordinator.sock'));
  await endLeftovers(found);
  await until(() => inRoot.pid !== undefined && !isRunning(inRoot.pid), { what: 'the process to be gone' });
});

test('what runs the build counts, unless it ran before or belongs to another run', async () => {
  const dist = join(sandbox.root, 'dist');
  const elsewhere = mkdtempSync(join(sandbox.root, 'paw-test-'));
  const args = [...WAITING, '--', join(dist, 'cli.js')];
  const earlier = spawn(process.execPath, args, { cwd: '/', env: {}, stdio: 'ignore' });
  const ours = spawn(process.execPath, args, { cwd: '/', env: {}, stdio: 'ignore' });
  const others = spawn(process.execPath, args, { cwd: elsewhere, env: {}, stdio: 'ignore' });
  const found = await findLeftovers({ dist, testRoot, before: new Set([earlier.pid ?? 0]), endingMaxMs: 0 });
  expect(found.map(({ what }) => what.split(':')[0])).toEqual([`process ${ours.pid}`]);
  for (const child of [earlier, ours, others]) child.kill('SIGKILL');
});
