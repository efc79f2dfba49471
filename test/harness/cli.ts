import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { requireBuild } from './dist.ts';
import type { Sandbox } from './sandbox.ts';

export interface CliOptions {
  /** Added to the sandbox's environment. */
  env?: Record<string, string>;
  /** What the command reads from stdin; without it stdin is empty. */
  input?: string;
}

export interface CliResult {
  /** Exit code; null if a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `paw-coordinator ...args` in a folder, to its end. */
export async function runCli(
  sandbox: Sandbox,
  folder: string,
  args: string[],
  { env = {}, input = '' }: CliOptions = {},
): Promise<CliResult> {
  const child = startCli(sandbox, folder, args, env);
  const ended: Promise<[number | null]> = once(child, 'close').then(([code]) => [code]);
  // A command that does not read its input may close it first.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

/** Starts `paw-coordinator ...args` in a folder and leaves it running; the sandbox ends it at the latest. */
export function startCli(
  sandbox: Sandbox,
  folder: string,
  args: string[],
  env: Record<string, string> = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [requireBuild(), ...args], { cwd: folder, env: { ...sandbox.env, ...env } });
}
