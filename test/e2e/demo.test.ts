import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { belongsTo, runningProcesses } from '../../scripts/processes.mjs';
import { runCli, startCli } from '../harness/cli.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/** The length of the story on a screen. */
const LINES_MAX = 60;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

/** What the demo would have left: files in the folder for temporary ones, and processes. */
function leftovers(): string[] {
  return [
    ...readdirSync(sandbox.root).filter((name) => !['home', 'run', 'bin'].includes(name)),
    ...readdirSync(join(sandbox.root, 'home')),
    ...readdirSync(join(sandbox.root, 'run')),
    ...runningProcesses()
      .filter((candidate) => belongsTo(candidate, sandbox.root))
      .map(({ command }) => command),
  ];
}

/** Puts a git of our own before the real one; `script` is for `sh`. */
function fakeGit(script: string): Record<string, string> {
  const folder = join(sandbox.root, 'bin');
  mkdirSync(folder);
  const file = join(folder, 'git');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return { PATH: `${folder}:${sandbox.env.PATH ?? ''}`, REAL_PATH: sandbox.env.PATH ?? '' };
}

test('tells its story anywhere, in a screen or two, and leaves nothing behind', async () => {
  const result = await runCli(sandbox, sandbox.root, ['demo']);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout).toMatch(/All \d+ steps went as expected/);
  for (const told of ['granted', 'overlaps', 'refused', 'question', 'answer', 'commits', 'verified', 'learnings']) {
    expect(result.stdout).toContain(told);
  }
  expect(result.stdout.split('\n').length).toBeLessThanOrEqual(LINES_MAX);
  expect(result.stdout).not.toContain('\u001b');
  expect(leftovers()).toEqual([]);
});

test('takes nothing from the sessions it is started in', async () => {
  const env = { PAW_AGENT_ID: 'stranger', PAW_ROLE: 'supervisor', GIT_DIR: '/nowhere', CLAUDE_PROJECT_DIR: '/nowhere' };
  expect(await runCli(sandbox, sandbox.root, ['demo'], { env })).toMatchObject({ code: 0, stderr: '' });
});

test.each(['Three agents', 'granted', 'question', 'commits'])(
  'Ctrl+C after "%s" leaves nothing behind',
  async (told) => {
    const child = startCli(sandbox, sandbox.root, ['demo']);
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
    });
    const ended = once(child, 'close');
    await until(() => stdout.includes(told), { what: `"${told}" to be told` });
    child.kill('SIGINT');
    expect(await ended).toEqual([1, null]);
    expect(stderr).toBe('The demo was interrupted. Nothing of it is left behind.\n');
    expect(leftovers()).toEqual([]);
  },
);

test('a reader that closes the pipe leaves nothing behind', async () => {
  const child = startCli(sandbox, sandbox.root, ['demo']);
  child.stderr.resume();
  child.stdout.once('data', () => child.stdout.destroy());
  await once(child, 'exit');
  expect(leftovers()).toEqual([]);
});

test('a step that fails is told, ends with 1, and leaves nothing behind', async () => {
  const env = fakeGit(
    `case "$*" in *"Change src"*) echo "disk full" >&2; exit 1;; *) PATH="$REAL_PATH" exec git "$@";; esac`,
  );
  const result = await runCli(sandbox, sandbox.root, ['demo'], { env });
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/^`git commit .*` failed in the demo's repository: disk full\.\n$/);
  expect(leftovers()).toEqual([]);
});

test.each([
  ['echo "git version 2.19.4"', 'needs git 2.20 or newer, and this is git version 2.19.4'],
  ['exit 127', 'needs git 2.20 or newer, and git was not found'],
])('says which git it needs: %s', async (script, reason) => {
  const result = await runCli(sandbox, sandbox.root, ['demo'], { env: fakeGit(script) });
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(reason);
  expect(leftovers()).toEqual([]);
});
