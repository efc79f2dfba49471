import type { Logger } from 'pino';
import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { defaultSettings } from '../config/settings.ts';
import { watchConfig } from '../config/watch.ts';
import { configFile, stateFolder } from '../repository/layout.ts';
import { mainWorktree } from '../repository/worktrees.ts';

/** The settings in force, kept up to date with the file. */
export interface Configuration {
  /** Root of the main worktree; absent in a bare repository. */
  readonly root?: string;
  readonly settings: Settings;
  /** Called after the file has changed for good. */
  onChange?: (settings: Settings) => void;
}

/**
 * Reads the configuration and follows its file until `signal`. What is wrong with it is logged; the last good
 * one stays in force, at the start the defaults.
 */
export async function openConfiguration(options: {
  commonDir: string;
  env: NodeJS.ProcessEnv;
  log: Logger;
  signal: AbortSignal;
}): Promise<Configuration> {
  const { commonDir, env, log, signal } = options;
  const root = await mainWorktree(commonDir, { env, signal });
  const path = configFile(stateFolder(commonDir), root);
  const warn = (warnings: readonly string[]): void => {
    for (const warning of warnings) log.warn({ file: path }, warning);
  };
  const first = loadConfig(path);
  if ('error' in first) log.error({ file: path, err: first.error }, 'configuration');
  else warn(first.warnings);
  const configuration: Configuration & { settings: Settings } = {
    ...(root === undefined ? {} : { root }),
    settings: 'error' in first ? defaultSettings() : first.settings,
  };
  watchConfig(
    path,
    {
      onChange({ settings, warnings }) {
        warn(warnings);
        configuration.settings = settings;
        configuration.onChange?.(settings);
      },
      onError: (error) => log.error({ file: path, err: error }, 'configuration'),
    },
    { signal, fingerprint: first.fingerprint },
  );
  return configuration;
}
