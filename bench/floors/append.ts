import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** About as long as the journal's record of a short message, in bytes. */
const RECORD_BYTES = 300;

/**
 * The floor of everything that is kept: one record appended to a file in this folder, and synced.
 */
export function appender(folder: string): { append(): void; close(): void } {
  const file = openSync(join(folder, 'floor.jsonl'), 'a');
  const record = Buffer.from(`${'x'.repeat(RECORD_BYTES - 1)}\n`);
  return {
    append() {
      writeSync(file, record);
      fdatasyncSync(file);
    },
    close: () => closeSync(file),
  };
}
