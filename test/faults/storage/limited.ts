import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { requireBuild } from '../../harness/dist.ts';
import type { Sandbox } from '../../harness/sandbox.ts';

/** How a command ended. */
export interface Ended {
  /** Exit code; null if a signal ended it. */
  code: number | null;
  /** What it wrote, to stdout first. */
  said: string;
}

/** What is taken from a command. */
export interface Limit {
  /** Longest file that can be written, in blocks of 512 bytes: writes beyond fail as those to a full disk do. */
  fileBlocks?: number;
  /** The modes of files and folders count, also for root. */
  modesCount?: boolean;
}

/** What lets root do what modes forbid. */
const OVERRIDES = '-dac_override,-dac_read_search';

/** Runs `paw-coordinator ...args` in a folder under a limit, to its end. */
export async function runLimited(sandbox: Sandbox, folder: string, limit: Limit, args: string[]): Promise<Ended> {
  const [program = '', ...rest] = limited([process.execPath, requireBuild(), ...args], limit);
  const child = spawn(program, rest, { cwd: folder, env: sandbox.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended: Promise<[number | null]> = once(child, 'close').then(([code]) => [code]);
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, said: out + error };
}

function limited(command: string[], { fileBlocks, modesCount = false }: Limit): string[] {
  if (fileBlocks !== undefined)
    return ['sh', '-c', `trap '' XFSZ; ulimit -f ${fileBlocks}; exec "$@"`, 'sh', ...command];
  const isRoot = process.getuid?.() === 0;
  return modesCount && isRoot ? ['setpriv', `--bounding-set=${OVERRIDES}`, '--', ...command] : command;
}
