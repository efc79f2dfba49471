import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { layoutOf } from '../../../src/repository/layout.ts';
import type { TestRepository } from '../../harness/repository.ts';

const KIBIBYTE = 1024;

/** Memory a process holds, in bytes. */
export function memoryOf(pid: number): number {
  const kibibytes =
    process.platform === 'linux'
      ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return Number(kibibytes) * KIBIBYTE;
}

/** Sockets a process has open; undefined where the system does not tell. */
export function openSocketsOf(pid: number): number | undefined {
  const folder = `/proc/${pid}/fd`;
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder).filter((name) => targetOf(join(folder, name)).startsWith('socket:')).length;
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // It was closed since it was listed.
    return '';
  }
}

/** Lines of the coordinator's log that tell of a defect: what ends nothing, and should never be. */
export function defectsOf({ stateDir }: TestRepository): string[] {
  const { log } = layoutOf(stateDir);
  if (!existsSync(log)) return [];
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"level":50') || line.includes('"level":60'));
}
