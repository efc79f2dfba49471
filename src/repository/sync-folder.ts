import { closeSync, fsyncSync, openSync } from 'node:fs';

/**
 * Makes the names in a folder survive a power cut: a new, renamed or removed file counts only after this.
 * Windows has no such call, and keeps names in its own log.
 */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
