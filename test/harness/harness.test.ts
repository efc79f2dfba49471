import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHECKOUT } from './dist.ts';
import { openSession } from './mcp.ts';
import type { Era } from './mcp-clients.ts';
import { isRunning } from './processes.ts';
import { makeSandbox, type Sandbox } from './sandbox.ts';
import { until } from './until.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

describe('sandbox', () => {
  test('makes a repository with worktrees of its own identity', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'], files: { 'src/a.ts': 'a\n' } });
    const inA = repository.worktree('feat/a');
    expect(await repository.git(inA, 'branch', '--show-current')).toBe('feat/a');
    expect(await repository.git(inA, 'rev-parse', '--path-format=absolute', '--git-common-dir')).toBe(
      repository.commonDir,
    );
    const commit = await repository.commit(inA, { 'src/b.ts': 'b\n' });
    expect(await repository.git(inA, 'log', '-1', '--format=%H %an')).toBe(`${commit} Test`);
    expect(() => repository.worktree('feat/c')).toThrow('main, feat/a, feat/b');
  });

  test('has a runtime folder nobody else may enter', () => {
    expect(statSync(sandbox.env.XDG_RUNTIME_DIR ?? '').mode & 0o777).toBe(0o700);
  });

  test('removes its files and ends what runs in it, also what was detached', async () => {
    const { main } = await sandbox.repository();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      cwd: main,
      env: sandbox.env,
      detached: true,
      stdio: 'ignore',
    });
    const { pid } = child;
    if (pid === undefined) throw new Error('no process');
    await sandbox.dispose();
    await until(() => !isRunning(pid), { what: 'the child to be gone' });
    expect(existsSync(sandbox.root)).toBe(false);
  });

  test('names a process that does not follow SIGTERM', async () => {
    const script = 'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)';
    const impatient = await makeSandbox({ stopMaxMs: 50 });
    const stubborn = spawn(process.execPath, ['-e', script], { cwd: impatient.root, env: impatient.env });
    await new Promise((ready) => stubborn.stdout.once('data', ready));
    await expect(impatient.dispose()).rejects.toThrow(`SIGTERM did not end: ${stubborn.pid}`);
    expect(existsSync(impatient.root)).toBe(false);
  });
});

describe('session', () => {
  test.each<Era>(['legacy', 'modern', 'auto'])('calls tools over stdio, %s', async (era) => {
    const server = [await bundledEchoServer(sandbox.root)];
    const session = await openSession(sandbox, sandbox.root, { era, server });
    expect((await session.listTools()).map(({ name }) => name)).toEqual(['echo']);
    const result = await session.callRaw('echo', { text: 'hello' });
    expect(result.structuredContent).toEqual({ text: 'hello' });
    await session.close();
    expect(isRunning(session.pid)).toBe(false);
  });

  test('says what a server that fails has written', async () => {
    const failing = ['-e', 'console.error("no luck"); process.exit(1)'];
    await expect(openSession(sandbox, sandbox.root, { server: failing })).rejects.toThrow('no luck');
  });

  test('can be killed', async () => {
    const session = await openSession(sandbox, sandbox.root, { server: [await bundledEchoServer(sandbox.root)] });
    await session.kill('SIGKILL');
    expect(isRunning(session.pid)).toBe(false);
  });
});

describe('until', () => {
  test('fails naming what it waited for, with the last error as the cause', async () => {
    const failing = until(() => Promise.reject(new Error('not yet')), { what: 'the moon', withinMs: 5 });
    await expect(failing).rejects.toMatchObject({
      message: expect.stringContaining('the moon'),
      cause: { message: 'not yet' },
    });
  });

  test('returns what the condition returned, and ends with its signal', async () => {
    let calls = 0;
    expect(await until(() => ++calls === 3 && 'done', { what: 'three calls' })).toBe('done');
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(until(() => false, { what: 'nothing', signal: aborted })).rejects.toThrow('enough');
  });
});

async function bundledEchoServer(folder: string): Promise<string> {
  const outfile = join(folder, 'echo-server.mjs');
  if ((await readdir(folder)).includes('echo-server.mjs')) return outfile;
  await build({
    entryPoints: [join(CHECKOUT, 'bench/floors/echo-server.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  return outfile;
}
