import { closeSync, existsSync, openSync, readdirSync, readSync, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { layoutOf } from '../../src/repository/layout.ts';
import { listSegments } from '../../src/storage/segments.ts';

/** Enough of a snapshot to hold its numbers, in bytes. */
const HEAD_BYTES = 100;

/** A snapshot that was made while somebody looked on. */
export interface SeenSnapshot {
  /** Number of the last record in it. */
  last: number;
  bytes: number;
  /** From the first record after it to its completion, in milliseconds. */
  tookMs: number;
}

/** Notes every snapshot that is made in a state folder, until `stop`. */
export function watchSnapshots(stateDir: string): { seen: readonly SeenSnapshot[]; stop(): void } {
  const { snapshot, journal } = layoutOf(stateDir);
  const seen: SeenSnapshot[] = [];
  const look = (): void => {
    const last = lastIn(snapshot);
    if (last === undefined || last === seen.at(-1)?.last) return;
    const { size, mtimeMs } = statSync(snapshot);
    const next = listSegments(journal).find(({ first }) => first === last + 1);
    seen.push({ last, bytes: size, tookMs: next === undefined ? 0 : mtimeMs - statSync(next.path).birthtimeMs });
  };
  const watcher = watch(stateDir, (_event, file) => {
    // It is also told when the folder goes.
    if (file === basename(snapshot) && existsSync(snapshot)) look();
  });
  return { seen, stop: () => watcher.close() };
}

/** Size of the files of a folder, in bytes. */
export function bytesIn(folder: string): number {
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The number of the last record in a snapshot, without reading all of it. */
function lastIn(snapshot: string): number | undefined {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(snapshot, 'r');
  try {
    readSync(file, head, 0, HEAD_BYTES, 0);
  } finally {
    closeSync(file);
  }
  const digits = /"last":(\d+)/.exec(head.toString('latin1'))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
