import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  createStateFolder,
  electionNumber,
  parseSegmentFileName,
  segmentFileName,
  stateFolder,
} from '../../src/repository/layout.ts';

function tempCommonDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paw-layout-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the state folder lies in the common directory, for this user only, and may be created again', () => {
  const common = tempCommonDir();
  const layout = createStateFolder(stateFolder(common));
  expect(createStateFolder(stateFolder(common))).toEqual(layout);
  expect(layout.folder).toBe(join(common, 'paw'));
  for (const folder of [layout.folder, layout.journal]) expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('a state folder that others can enter is closed to them', () => {
  const common = tempCommonDir();
  const layout = createStateFolder(stateFolder(common));
  for (const folder of [layout.folder, layout.journal]) chmodSync(folder, 0o777);
  createStateFolder(stateFolder(common));
  for (const folder of [layout.folder, layout.journal]) expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('a file in its place is an error that says what to do', () => {
  const common = tempCommonDir();
  writeFileSync(stateFolder(common), '');
  expect(() => createStateFolder(stateFolder(common))).toThrow(
    expect.objectContaining({ code: 'environment', message: expect.stringContaining(stateFolder(common)) }),
  );
});

test('a missing common directory is not created', () => {
  const common = join(tempCommonDir(), 'gone');
  expect(() => createStateFolder(stateFolder(common))).toThrow(/no longer there/);
  expect(existsSync(common)).toBe(false);
});

test('names of segments sort like what they stand for, and are read back', () => {
  const names = [
    { term: 1, first: 1 },
    { term: 1, first: 10_000 },
    { term: 12, first: 9 },
    { term: 1_234_567, first: 1 },
  ];
  expect(names.map((name) => parseSegmentFileName(segmentFileName(name)))).toEqual(names);
  for (const other of ['1-1.jsonl', '000001-000000000001.jsonl.half', '.000001-000000000001.jsonl', 'x']) {
    expect(parseSegmentFileName(other)).toBeUndefined();
  }
});

test('only election files have a number', () => {
  expect(electionNumber('coordinator.12')).toBe(12);
  for (const other of ['coordinator.log', 'coordinator.0', 'coordinator.012', 'coordinator.1.bak', '.coordinator.1']) {
    expect(electionNumber(other)).toBeUndefined();
  }
});
