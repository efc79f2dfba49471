import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bootId, hostId, isAlive, isThisMachine, processStart } from '../../src/repository/process.ts';
import { until } from '../harness/until.ts';

function start(command: string, args: string[]): ChildProcess & { pid: number } {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  });
  return child as ChildProcess & { pid: number };
}

describe('a process', () => {
  test('keeps its start time, and another has another', async () => {
    const started = processStart(process.pid);
    expect(started).toMatch(/./);
    expect(processStart(process.pid)).toBe(started);
    expect(isAlive(process.pid, started)).toBe(true);
    expect(isAlive(process.pid, undefined)).toBe(true);
    expect(isAlive(process.pid, `${started}0`)).toBe(false);
  });

  test('that was killed is dead', async () => {
    const child = start(process.execPath, ['-e', 'process.stdin.resume()']);
    const started = processStart(child.pid);
    expect(isAlive(child.pid, started)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(child.pid, started)).toBe(false);
    expect(processStart(child.pid)).toBeUndefined();
  });

  test('of somebody else lives', () => {
    expect(isAlive(1, undefined)).toBe(true);
  });

  test.skipIf(process.platform !== 'linux')('that ended and was not collected is dead', async () => {
    // The shell becomes a `sleep` that never asks what became of its child; the child ends with its input.
    const parent = start('sh', ['-c', 'exec 3<&0; cat <&3 >/dev/null & echo $!; exec sleep 60']);
    const [line]: unknown[] = parent.stdout ? await once(parent.stdout, 'data') : [];
    const pid = Number(String(line));
    await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n', { what: 'the shell to be gone' });
    expect(isAlive(pid, processStart(pid))).toBe(true);
    parent.stdin?.end();
    await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '), { what: 'the child to end' });
    expect(isAlive(pid, undefined)).toBe(false);
    expect(processStart(pid)).toBeUndefined();
  });

  test.skipIf(process.platform !== 'linux')('may have any name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paw-process-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const name = join(folder, 'a) S 1 (b');
    copyFileSync('/bin/sleep', name);
    symlinkSync(name, join(folder, 'link'));
    const child = start(name, ['60']);
    await until(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8').startsWith('a)'), { what: 'the name' });
    expect(processStart(child.pid)).toMatch(/^\d+$/);
    expect(Number(processStart(child.pid))).toBeGreaterThanOrEqual(Number(processStart(process.pid)));
  });
});

describe('the machine', () => {
  test('is recognised by host or boot, and another is not', () => {
    expect(isThisMachine(hostId(), undefined)).toBe(true);
    expect(isThisMachine(hostId(), 'before')).toBe(true);
    expect(isThisMachine('elsewhere', undefined)).toBe(false);
    expect(isThisMachine('elsewhere', 'before')).toBe(false);
  });

  test.skipIf(process.platform !== 'linux')('has a boot id, and a set of processes', () => {
    expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
    expect(hostId()).toMatch(/ pid:\[\d+\]$/);
    expect(isThisMachine('elsewhere', bootId())).toBe(false);
  });
});
