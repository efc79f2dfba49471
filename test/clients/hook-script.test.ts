import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  calledBy,
  isBlankScript,
  isShellScript,
  withHookCall,
  withoutHookCall,
} from '../../src/clients/hook-script.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a hook whose program notes that it ran; returns what was noted, and how it ended. */
function run(script: string, programExit = 0): { noted: string; code: number | null } {
  const program = join(folder, "it's the program.mjs");
  const log = join(folder, 'log');
  writeFileSync(log, '');
  writeFileSync(
    program,
    `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(log)}, 'ours ' + process.argv.slice(2).join(' ') + '\\n');
process.exit(${programExit});`,
  );
  const hook = join(folder, 'pre-commit');
  writeFileSync(hook, withHookCall(script.replaceAll('LOG', log), 'pre-commit', [process.execPath, program]));
  chmodSync(hook, 0o755);
  const { status } = spawnSync('sh', ['-c', `"${hook}" "$@"`, 'sh', 'origin'], { cwd: folder });
  return { noted: readFileSync(log, 'utf8'), code: status };
}

const BOTH = 'theirs\nours git-hook pre-commit\n';

describe('what was there runs first, and ours after it', () => {
  test.each([
    ['a plain script', '#!/bin/sh\necho theirs >> LOG\n'],
    ['one that exits', '#!/bin/sh\necho theirs >> LOG\nexit 0\n'],
    ['one that hands over', '#!/usr/bin/env bash\nset -euo pipefail\nexec sh -c "echo theirs >> LOG"\n'],
    ['one without a first line', 'echo theirs >> LOG'],
    ['one without a line break at its end', '#!/bin/sh\necho theirs >> LOG'],
    ['one with an exit trap', '#!/bin/sh\ntrap "echo theirs >> LOG" EXIT\nexit 0\n'],
    ['one that stops at errors', '#!/bin/sh -e\nfalse || true\necho theirs >> LOG\n'],
  ])('%s', (_what, script) => {
    expect(run(script)).toEqual({ noted: BOTH, code: 0 });
    expect(run(script, 1)).toEqual({ noted: BOTH, code: 1 });
  });

  test('a no of theirs is the last word', () => {
    expect(run('#!/bin/sh\necho theirs >> LOG\nexit 3\n')).toEqual({ noted: 'theirs\n', code: 3 });
    expect(run('#!/bin/sh\nset -e\necho theirs >> LOG\nfalse\necho more >> LOG\n')).toEqual({
      noted: 'theirs\n',
      code: 1,
    });
  });

  test.each(['', '#!/bin/sh\n', '#!/bin/sh\n# nothing yet\n'])('nothing but ours: %j', (script) => {
    expect(run(script)).toEqual({ noted: 'ours git-hook pre-commit\n', code: 0 });
  });
});

test('it is added once, and taken out without a trace', () => {
  for (const text of ['#!/bin/sh\necho x\n', 'echo x\n', '#!/bin/bash\n\n# a\nexit 0\n']) {
    const once = withHookCall(text, 'pre-commit', ['/n', '/b']);
    expect(once).toContain(text.split('\n').slice(1).join('\n').trim());
    expect(withHookCall(once, 'pre-commit', ['/n', '/b'])).toBe(once);
    expect(withHookCall(once, 'pre-commit', ['/n2', '/b'])).toBe(withHookCall(text, 'pre-commit', ['/n2', '/b']));
    expect(withoutHookCall(once)).toBe(text);
  }
  expect(isBlankScript(withoutHookCall(withHookCall('', 'pre-push', ['/n', '/b'])))).toBe(true);
  expect(isBlankScript('#!/bin/sh\n# mine\n')).toBe(false);
  expect(withoutHookCall('#!/bin/sh\n')).toBe('#!/bin/sh\n');
});

test('the first line stays the first, also with line breaks of Windows', () => {
  const text = '#!/bin/sh\r\necho x\r\n';
  const once = withHookCall(text, 'pre-commit', ['/n', '/b']);
  expect(once.split('\n').slice(0, 2)).toEqual(['#!/bin/sh\r', '# >>> paw-coordinator >>>']);
  expect(withoutHookCall(once)).toBe(text);
});

test('it tells what it calls', () => {
  const text = withHookCall('', 'pre-commit', ["/it's/node", '/a b/cli.js']);
  expect(calledBy(text)).toEqual(["/it's/node", '/a b/cli.js']);
  expect(calledBy('#!/bin/sh\nnode cli.js git-hook pre-commit\n')).toBeUndefined();
});

test('a program that is gone is looked for on PATH, and missed with a warning', () => {
  const hook = join(folder, 'pre-commit');
  writeFileSync(hook, withHookCall('', 'pre-commit', ['/gone/node', '/gone/cli.js']));
  const { status, stderr } = spawnSync('/bin/sh', [hook], { env: { PATH: folder }, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('init --git-hooks') });
  writeFileSync(join(folder, 'paw-coordinator'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  expect(execFileSync('/bin/sh', [hook], { env: { PATH: folder }, encoding: 'utf8' })).toBe('git-hook pre-commit\n');
});

test.each([
  ['#!/bin/sh\n', true],
  ['#!/usr/bin/env bash\n', true],
  ['#!/bin/dash -e\n', true],
  ['echo\n', true],
  ['#!/usr/bin/env python3\n', false],
  ['#!/usr/bin/env node\n', false],
])('%j is a script of a shell: %s', (text, is) => {
  expect(isShellScript(text)).toBe(is);
});
