import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { load } from '../../src/storage/load.ts';
import { segmentNames, tempState } from './toy.ts';
import { texts, toyRules } from './toy-rules.ts';

/* A process that is killed while it appends, rolls, folds and removes: nothing it acknowledged is lost or doubled. */

const ROUNDS = 12;

let folder = '';
let script = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'paw-crash-'));
  script = join(folder, 'writer.mjs');
  const source = join(import.meta.dirname, 'fixtures/writer.ts');
  await build({ entryPoints: [source], outfile: script, bundle: true, format: 'esm', platform: 'node' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the writer until it has acknowledged so many times, kills it, and returns the last number it said. */
async function writeUntilKilled(stateDir: string, term: number, acknowledgements: number): Promise<number> {
  const child = spawn(process.execPath, [script, stateDir, String(term)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let last = 0;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    count += 1;
    if (count === acknowledgements) child.kill('SIGKILL');
  }
  const [code, signal]: unknown[] = await exited;
  expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  return last;
}

test('killed again and again', { timeout: 60_000 }, async () => {
  const layout = tempState();
  let snapshots = 0;
  for (let term = 1; term <= ROUNDS; term += 1) {
    const acknowledged = await writeUntilKilled(layout.folder, term, 5 + term * 7);
    const { last, state, sinceSnapshot } = load(layout.folder, toyRules);
    expect(last).toBeGreaterThanOrEqual(acknowledged);
    expect(state.texts).toEqual(texts(last));
    if (sinceSnapshot.records < last) snapshots += 1;
  }
  expect(snapshots).toBeGreaterThan(0);
  expect(segmentNames(layout).length).toBeLessThan(ROUNDS);
});
