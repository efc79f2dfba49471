import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownProgram } from '../../src/doctor/own-program.ts';

/* What stands in a file of the repository is run only if it is nothing but this very program. */

let folder: string;
let cli: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'paw-own-')));
  mkdirSync(join(folder, 'dist'));
  mkdirSync(join(folder, 'bin'));
  cli = join(folder, 'dist', 'cli.js');
  for (const file of [cli, join(folder, 'evil.js')]) writeFileSync(file, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

function own(...command: string[]) {
  return ownProgram(command, { folder, env: { PATH: `bin:${join(folder, 'bin')}` }, cli });
}

describe('a command', () => {
  it.each([
    ['node', 'dist/cli.js', 'mcp'],
    [process.execPath, '--max-old-space-size=64', './dist/cli.js', 'mcp'],
    [process.execPath, '--import=./evil.js', './dist/cli.js', 'mcp'],
  ])('that runs this file with Node is ours, without options of Node: %s %s', (...command) => {
    expect(own(...command)).toEqual({ is: 'ours', program: process.execPath, args: [cli, 'mcp'] });
  });

  it('that runs a link to this file is ours', () => {
    symlinkSync(cli, join(folder, 'link.js'));
    expect(own('node', 'link.js', 'mcp')).toMatchObject({ is: 'ours' });
  });

  it('by name is ours where that is on PATH, and missing where not', () => {
    expect(own('paw-coordinator', 'mcp')).toMatchObject({ is: 'missing' });
    writeFileSync(join(folder, 'bin', 'paw-coordinator'), '#!/bin/sh\n');
    chmodSync(join(folder, 'bin', 'paw-coordinator'), 0o755);
    expect(own('paw-coordinator', 'mcp')).toEqual({
      is: 'ours',
      program: join(folder, 'bin', 'paw-coordinator'),
      args: ['mcp'],
    });
  });

  it.each([['stop'], ['release', '--name', 'build', '--force'], []])(
    'that does something else is not run: %s',
    (...args) => {
      writeFileSync(join(folder, 'bin', 'paw-coordinator'), '#!/bin/sh\n');
      expect(own('paw-coordinator', ...args)).toEqual({ is: 'other' });
      expect(own('node', cli, ...args)).toEqual({ is: 'other' });
    },
  );

  it.each([
    ['node', 'evil.js'],
    ['node', '-r', 'evil.js', 'dist/cli.js'],
    ['node'],
    ['sh', '-c', 'paw-coordinator mcp'],
    ['npx', '-y', 'paw-coordinator', 'mcp'],
    ['./paw-coordinator', 'mcp'],
    ['./node', 'dist/cli.js'],
    [],
  ])('that is anything else is left alone: %s %s %s', (...command) => {
    expect(own(...command)).toEqual({ is: 'other' });
  });

  it('of files that are not there is missing', () => {
    expect(own('node', 'gone/cli.js', 'mcp')).toEqual({ is: 'missing', what: join(folder, 'gone/cli.js') });
    expect(own('/gone/node', cli)).toEqual({ is: 'missing', what: '/gone/node' });
  });
});
