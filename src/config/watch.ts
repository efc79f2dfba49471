import { type FSWatcher, unwatchFile, watch, watchFile } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { PawError } from '../errors/paw-error.ts';
import { type GoodConfig, loadConfig } from './load.ts';

/** How often the file is looked at where the system tells nothing, in milliseconds. */
const POLL_MS = 2000;
/** A program that writes the file gets this long to finish, in milliseconds. */
const SETTLE_MS = 50;

export interface ConfigListeners {
  /** The file has changed and can be used. */
  onChange: (config: GoodConfig) => void;
  /** The file has changed and cannot be used: what held before still holds. */
  onError: (error: PawError) => void;
}

export interface WatchConfigOptions {
  /** Ends the watching. */
  signal: AbortSignal;
  /** Of the `LoadedConfig` in force; a change since then is told too. */
  fingerprint: string;
}

/**
 * Reads the configuration file at `path` again whenever it changes, appears or disappears, and tells the
 * listeners if its content differs from the last one read. Keeps no process alive.
 *
 * The folder's events are quick, but the folder may not exist yet or be replaced by another one, and some file
 * systems have no events. So the file is polled as well, and each change the poll finds renews the watch on the
 * folder.
 */
export function watchConfig(
  path: string,
  { onChange, onError }: ConfigListeners,
  { signal, fingerprint }: WatchConfigOptions,
): void {
  if (signal.aborted) return;
  let seen = fingerprint;
  let folder: FSWatcher | undefined;
  let settling: NodeJS.Timeout | undefined;

  const check = (): void => {
    settling = undefined;
    const loaded = loadConfig(path);
    if (loaded.fingerprint === seen) return;
    seen = loaded.fingerprint;
    if ('error' in loaded) onError(loaded.error);
    else onChange({ settings: loaded.settings, warnings: loaded.warnings });
  };
  const checkSoon = (): void => {
    settling ??= setTimeout(check, SETTLE_MS).unref();
  };
  const onPoll = (): void => {
    folder?.close();
    folder = watchFolder(path, checkSoon);
    checkSoon();
  };
  const stop = (): void => {
    folder?.close();
    unwatchFile(path, onPoll);
    clearTimeout(settling);
  };

  watchFile(path, { interval: POLL_MS, persistent: false }, onPoll);
  signal.addEventListener('abort', stop, { once: true });
  onPoll();
}

/** Watches the folder the file is in; undefined where that is not possible. */
function watchFolder(path: string, onEvent: () => void): FSWatcher | undefined {
  const file = basename(path);
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === null || name === file) onEvent();
    });
    return watcher.on('error', () => watcher.close());
  } catch {
    return undefined;
  }
}
