import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { watchConfig } from '../../src/config/watch.ts';
import { until } from '../harness/until.ts';

let root: string;
let folder: string;
let file: string;
let told: (number | string)[];
let stop: AbortController;
beforeEach(() => {
  root = mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-config-'));
  folder = join(root, '.paw');
  file = join(folder, 'config.json');
  told = [];
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(root, { recursive: true, force: true });
});

describe('watchConfig', () => {
  test('tells what changes, once, and keeps silent about bad content after its error', async () => {
    write(1);
    start();
    write(2);
    await toldSoFar([2]);
    writeFileSync(file, '{');
    await toldSoFar([2, 'error']);
    write(3);
    await toldSoFar([2, 'error', 3]);
  });

  test('sees a file that replaces the old one, and one that goes', async () => {
    write(1);
    start();
    writeFileSync(join(folder, 'new.json'), content(2));
    renameSync(join(folder, 'new.json'), file);
    await toldSoFar([2]);
    rmSync(file);
    await toldSoFar([2, 600]);
  });

  test('sees the file in a folder that is made later, and in one made anew', async () => {
    start();
    write(1);
    await toldSoFar([1]);
    rmSync(folder, { recursive: true });
    await toldSoFar([1, 600]);
    write(2);
    await toldSoFar([1, 600, 2]);
    write(3);
    await toldSoFar([1, 600, 2, 3]);
  });

  test('tells what has changed since the configuration in force was loaded', async () => {
    write(1);
    const { fingerprint } = loadConfig(file);
    write(2);
    start(fingerprint);
    await toldSoFar([2]);
  });

  test('says nothing of a file that was written with the same content', async () => {
    write(1);
    start();
    write(1);
    utimesSync(file, 1, 1);
    write(2);
    await toldSoFar([2]);
  });

  test('tells nothing after its end, and leaves nothing open', async () => {
    write(1);
    const before = watchers();
    start();
    expect(watchers()).toBe(before + 2);
    stop.abort();
    await until(() => watchers() === before, { what: 'the watch to be closed' });
    write(2);
    const other = new AbortController();
    const seen: number[] = [];
    watchConfig(
      file,
      {
        onChange: ({ settings }) => seen.push(settings.idleExitSeconds),
        onError: (error) => expect.fail(error.message),
      },
      { signal: other.signal, fingerprint: 'none' },
    );
    await until(() => seen.length > 0, { what: 'a later watch to have told' });
    other.abort();
    expect(told).toEqual([]);
  });

  test('does not begin if it is over already', () => {
    stop.abort();
    const before = watchers();
    start();
    expect(watchers()).toBe(before);
  });
});

function start(fingerprint = loadConfig(file).fingerprint): void {
  watchConfig(
    file,
    { onChange: ({ settings }) => told.push(settings.idleExitSeconds), onError: () => told.push('error') },
    { signal: stop.signal, fingerprint },
  );
}

function write(idleExitSeconds: number): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, content(idleExitSeconds));
}

function content(idleExitSeconds: number): string {
  return JSON.stringify({ idleExitSeconds });
}

async function toldSoFar(expected: (number | string)[]): Promise<void> {
  await until(() => told.length >= expected.length, { what: `${expected.length} changes to be told` });
  expect(told).toEqual(expected);
}

/** Open watches of folders and files in this process, also those that do not keep it alive. */
function watchers(): number {
  const report = process.report.getReport() as { libuv: { type: string; is_active: boolean }[] };
  return report.libuv.filter(({ type, is_active }) => is_active && /^fs_(event|poll)$/.test(type)).length;
}
