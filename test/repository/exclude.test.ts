import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { setExcluded } from '../../src/repository/exclude.ts';

const PATH = '.paw/learnings.md';
let folder: string;
let file: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-exclude-')));
  file = join(folder, 'info', 'exclude');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(content: string): void {
  mkdirSync(join(folder, 'info'), { recursive: true });
  writeFileSync(file, content);
}

test('the line is added once, and taken out again', () => {
  write('# git\n*.log');
  setExcluded(folder, PATH, true);
  setExcluded(folder, PATH, true);
  expect(readFileSync(file, 'utf8')).toBe(`# git\n*.log\n# by paw-coordinator\n${PATH}\n`);
  setExcluded(folder, PATH, false);
  setExcluded(folder, PATH, false);
  expect(readFileSync(file, 'utf8')).toBe('# git\n*.log\n');
});

test('the file is made if there is none, and only then', () => {
  setExcluded(folder, PATH, false);
  expect(existsSync(file)).toBe(false);
  setExcluded(folder, PATH, true);
  expect(readFileSync(file, 'utf8')).toContain(PATH);
});

test.each([PATH, `/${PATH}`])("the user's own line %s stays, and is enough", (line) => {
  write(`${line}\n`);
  setExcluded(folder, PATH, true);
  setExcluded(folder, PATH, false);
  expect(readFileSync(file, 'utf8')).toBe(`${line}\n`);
});

test('a link stays one', () => {
  write('');
  rmSync(file);
  writeFileSync(join(folder, 'mine'), 'x\n');
  symlinkSync(join(folder, 'mine'), file);
  setExcluded(folder, PATH, true);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, 'mine'), 'utf8')).toContain(PATH);
});
