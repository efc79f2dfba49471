import { appendFileSync, renameSync, statSync } from 'node:fs';
import { type Logger, pino } from 'pino';

/** Size at which the log is put aside, in bytes, and how many old ones are kept. */
const LOG_MAX_BYTES = 10 * 1024 * 1024;
const LOGS_KEPT = 2;

/**
 * The coordinator's own log: JSON lines in `coordinator.log`, `.1` and `.2` being the ones before. What cannot
 * be written is dropped: a full disk must not end the coordinator.
 */
export function openLog(file: string): Logger {
  let size = sizeOf(file);
  const write = (line: string): void => {
    try {
      if (size + line.length > LOG_MAX_BYTES) {
        for (let age = LOGS_KEPT; age > 0; age -= 1) move(age === 1 ? file : `${file}.${age - 1}`, `${file}.${age}`);
        size = 0;
      }
      appendFileSync(file, line, { mode: 0o600 });
      size += Buffer.byteLength(line);
    } catch {}
  };
  return pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function move(from: string, to: string): void {
  if (statSync(from, { throwIfNoEntry: false })) renameSync(from, to);
}
