import { getEventListeners } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Ended, type Job, runContained } from '../../src/processes/contained.ts';
import { isRunning } from '../harness/processes.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

const isLinux = process.platform === 'linux';

let sandbox: Sandbox;
let folder: string;
beforeEach(async () => {
  sandbox = await makeSandbox();
  folder = join(sandbox.root, 'gate');
  mkdirSync(folder);
});
afterEach(() => sandbox.dispose());

/** Runs a shell script, contained, in the root of the sandbox. */
function run(script: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Ended> {
  return runProgram(['sh', '-c', script], options);
}

function runProgram(
  program: string[],
  { timeoutMs = 20_000, signal = new AbortController().signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Ended> {
  return runContained({ program, cwd: sandbox.root, env: sandbox.env, folder, timeoutMs, signal });
}

/** Where a program runs, and for how long at most. */
function surroundings(): Omit<Job, 'program'> {
  const { signal } = new AbortController();
  return { cwd: sandbox.root, env: sandbox.env, folder, timeoutMs: 20_000, signal };
}

/** Pids that the script has written into files of these names. */
function pids(...names: string[]): number[] {
  return names.map((name) => Number(readFileSync(join(sandbox.root, name), 'utf8')));
}

/** Pids, as soon as the script has written them. */
function pidsOf(...names: string[]): Promise<number[]> {
  return until(() => pids(...names).every((pid) => pid > 0) && pids(...names), { what: `pids in ${names.join(', ')}` });
}

function running(list: readonly number[]): number[] {
  return list.filter(isRunning);
}

describe('runContained', () => {
  test('tells the exit code and what was printed, both streams in their order', async () => {
    expect(await run('echo one; echo two >&2; echo three; exit 3')).toEqual({ code: 3, output: 'one\ntwo\nthree\n' });
    expect(await run('true')).toEqual({ code: 0, output: '' });
    expect(await run('kill -SEGV $$')).toEqual({ endedBy: 'SIGSEGV', output: '' });
  });

  test('keeps the last 4 KB', async () => {
    const { output } = await run('i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done');
    expect(Buffer.byteLength(output)).toBe(4096);
    expect(output.endsWith('line 2999\n')).toBe(true);
  });

  test('hands over arguments as they are, and no input', async () => {
    const { output } = await runProgram(['printf', '%s|', '$HOME', 'a b', '"', '`id`']);
    expect(output).toBe('$HOME|a b|"|`id`|');
    expect(await run('cat; echo end')).toEqual({ code: 0, output: 'end\n' });
  });

  test('a program that does not exist ends with the words of the shell', async () => {
    const { code, output } = await runProgram(['paw-no-such-program']);
    expect(code).toBe(127);
    expect(output).toContain('not found');
  });

  test('a folder that does not exist is an error, and leaves no note', async () => {
    const job = { program: ['true'], cwd: join(sandbox.root, 'no'), env: sandbox.env, folder, timeoutMs: 1000 };
    await expect(runContained({ ...job, signal: new AbortController().signal })).rejects.toMatchObject({
      name: 'PawError',
      message: expect.stringContaining('true could not be started'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('runs at low priority', async () => {
    const { output } = await run(`exec ${process.execPath} -p 'os.getPriority()'`);
    expect(Number(output)).toBeGreaterThanOrEqual(10);
  });

  test('has no child that the program does not know', async () => {
    const { output } = await run('ps -o ppid= -e | grep -cw $$');
    // The two sides of the pipe.
    expect(Number(output)).toBeLessThanOrEqual(2);
  });

  test('ends what the program has left in the background', async () => {
    const { code } = await run('sleep 300 & echo $! > a; exit 0');
    expect(code).toBe(0);
    expect(running(pids('a'))).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test.runIf(isLinux)('ends what has left the process group', async () => {
    const { code } = await run(
      [
        'setsid sh -c "echo \\$\\$ > daemon; exec sleep 300" &',
        'setsid sh -c "trap : TERM; echo \\$\\$ > stubborn; while :; do sleep 300; done" &',
        'while ! [ -s daemon ] || ! [ -s stubborn ]; do sleep 0.01; done',
      ].join('\n'),
    );
    expect(code).toBe(0);
    expect(running(pids('daemon', 'stubborn'))).toEqual([]);
  });

  test.runIf(isLinux)(
    'ends what has left the group and forgotten its environment, while its parent is there',
    async () => {
      const ending = new AbortController();
      const script = 'setsid env -i sh -c "echo \\$\\$ > bare; exec /bin/sleep 300"; true';
      const ended = run(script, { signal: ending.signal });
      const left = await pidsOf('bare');
      ending.abort(new Error('enough'));
      await expect(ended).rejects.toThrow('enough');
      expect(running(left)).toEqual([]);
    },
  );

  test('leaves other processes alone', async () => {
    const other = new AbortController();
    const elsewhere = join(sandbox.root, 'elsewhere');
    mkdirSync(elsewhere);
    const program = ['sh', '-c', 'echo $$ > other; exec sleep 300'];
    const job = { program, cwd: sandbox.root, env: sandbox.env, folder: elsewhere, timeoutMs: 60_000 };
    const beside = runContained({ ...job, signal: other.signal });
    const [pid = 0] = await pidsOf('other');
    await run('sleep 300 & exit 1');
    expect(isRunning(pid)).toBe(true);
    other.abort(new Error('enough'));
    await expect(beside).rejects.toThrow('enough');
    expect(isRunning(pid)).toBe(false);
  });

  test('asks first at the time limit, and takes the output until then', async () => {
    const script = 'trap "echo bye; exit 0" TERM; echo hello; while :; do sleep 0.05; done';
    const { endedBy, output } = await run(script, { timeoutMs: 1500 });
    expect(endedBy).toBe('time limit');
    expect(output).toMatch(/^hello\n(.*\n)*bye\n$/);
  });

  test('kills what does not follow, with everything it started', async () => {
    const ending = new AbortController();
    const script = 'trap "" TERM; (sleep 300 & echo $! > b; wait) & echo $$ > a; while :; do sleep 300; done';
    const ended = run(script, { signal: ending.signal });
    const left = await pidsOf('a', 'b');
    ending.abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
    expect(running(left)).toEqual([]);
  });

  test('is ended by its signal', async () => {
    const ending = new AbortController();
    const ended = run('sleep 300 & echo $! > a; wait', { signal: ending.signal });
    const left = await pidsOf('a');
    ending.abort(new Error('no more'));
    await expect(ended).rejects.toThrow('no more');
    expect(running(left)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('starts nothing once the signal was given', async () => {
    await expect(run('echo $$ > a', { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
    expect(readdirSync(sandbox.root)).not.toContain('a');
  });

  test('hands on what is printed as it comes', async () => {
    const chunks: string[] = [];
    const go = join(sandbox.root, 'go');
    const ended = runContained({
      program: ['sh', '-c', `echo one; while ! [ -e ${go} ]; do sleep 0.01; done; echo two`],
      ...surroundings(),
      onOutput: (chunk) => chunks.push(String(chunk)),
    });
    await until(() => chunks.join('') === 'one\n', { what: 'the first line' });
    writeFileSync(go, '');
    expect(await ended).toEqual({ code: 0, output: 'one\ntwo\n' });
    expect(chunks.join('')).toBe('one\ntwo\n');
  });

  test('kills at once when it is in a hurry', async () => {
    const ending = new AbortController();
    const hurry = AbortSignal.abort();
    const script = 'trap "sleep 300; echo bye" TERM; echo $$ > a; while :; do sleep 0.01; done';
    const program = ['sh', '-c', script];
    const ended = runContained({ program, ...surroundings(), signal: ending.signal, hurry });
    const left = await pidsOf('a');
    ending.abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
    expect(running(left)).toEqual([]);
  });

  test.runIf(isLinux)('spares what is to outlive it, with all it has started', async () => {
    const script = [
      'env -u PAW_RUN setsid sh -c "echo \\$\\$ > spared; sleep 300 & echo \\$! > child; wait" &',
      'setsid sh -c "echo \\$\\$ > other; exec sleep 300" &',
      'while ! [ -s child ] || ! [ -s other ]; do sleep 0.01; done; hang() { sleep 300; }; hang',
    ];
    const ending = new AbortController();
    const spared = (): number[] => (existsSync(join(sandbox.root, 'spared')) ? pids('spared') : []);
    const program = ['sh', '-c', script.join('\n')];
    const ended = runContained({ program, ...surroundings(), signal: ending.signal, spared });
    await pidsOf('child', 'other');
    ending.abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
    expect(running(pids('spared', 'child', 'other'))).toEqual(pids('spared', 'child'));
    for (const pid of pids('child', 'spared')) process.kill(pid, 'SIGKILL');
  });

  test('listens to nothing any more when it has ended', async () => {
    const ending = new AbortController();
    await run('true', { signal: ending.signal });
    expect(getEventListeners(ending.signal, 'abort')).toEqual([]);
  });
});
