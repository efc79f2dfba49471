import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PROBE } from '../clients/hook-input.ts';
import type { Surroundings } from './check.ts';

/** How long something that is tried out may take, in milliseconds. */
const PROBE_MAX_MS = 15_000;
/** The revision our own probe speaks; the server serves it for good. */
const PROTOCOL_REVISION = '2025-06-18';

/** A program with its arguments, and where it is run. */
export interface Probe extends Surroundings {
  program: string;
  args: readonly string[];
  folder: string;
}

/**
 * Opens a session with an MCP server as clients do that only look, which makes no agent of it.
 *
 * @returns the names of its tools
 */
export async function probeServer(probe: Probe): Promise<string[]> {
  return running(probe, {}, async (child) => {
    const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
    const params = {
      protocolVersion: PROTOCOL_REVISION,
      capabilities: {},
      clientInfo: { name: 'doctor', version: '0' },
    };
    say({ id: 1, method: 'initialize', params });
    for await (const line of createInterface({ input: child.stdout })) {
      const { id, result } = JSON.parse(line) as { id?: number; result?: { tools?: { name: string }[] } };
      if (id === 1) say({ id: 2, method: 'tools/list', params: {} });
      if (id === 2) return (result?.tools ?? []).map(({ name }) => name);
    }
    throw new Error('it ended before it answered');
  });
}

/** Runs a hook as its client does, to find out whether it gets through to the coordinator. Returns how that went. */
export async function probeHook(probe: Probe): Promise<string> {
  const env = { PAW_DEBUG: PROBE, CLAUDE_PROJECT_DIR: probe.folder };
  return running(probe, env, async (child) => {
    child.stdin.end(JSON.stringify({ cwd: probe.folder, session_id: 'doctor' }));
    let said = '';
    for await (const chunk of child.stderr.setEncoding('utf8')) said += chunk;
    return said.trim().replace('paw-coordinator hook: ', '');
  });
}

/** Does `use` with a process, which has ended when this settles. */
async function running<T>(
  { program, args, folder, env, signal }: Probe,
  added: Record<string, string>,
  use: (child: ChildProcessWithoutNullStreams) => Promise<T>,
): Promise<T> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MAX_MS)]);
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...env, ...added },
    signal: late,
    killSignal: 'SIGKILL',
    // A script of npm is run by the shell there; its words are plain.
    shell: process.platform === 'win32' && program.endsWith('.cmd'),
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  // Whoever ends early is told by what was read of it.
  ended.catch(() => {});
  try {
    const failed = ended.then(() => new Promise<never>(() => {}));
    return await Promise.race([use(child), failed]);
  } finally {
    child.stdin.end();
    child.stdout.resume();
    child.stderr.resume();
    await ended.catch(() => {});
  }
}
