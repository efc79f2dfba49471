import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/schema.ts';
import { watchConfig } from '../config/watch.ts';

/** The settings of a worker, kept up to date with the file. */
export interface WorkerConfiguration {
  readonly settings: Settings;
  /** Called after the file has changed for good. */
  onChange?: () => void;
}

/**
 * Reads the configuration and follows its file until `signal`. What is wrong with it later is told, and the last good
 * one stays in force.
 *
 * @param options.warn takes what the user should know, in whole sentences
 * @throws PawError if there is nothing good to begin with
 */
export function followConfiguration(
  file: string,
  { signal, warn }: { signal: AbortSignal; warn: (message: string) => void },
): WorkerConfiguration {
  const first = loadConfig(file);
  if ('error' in first) throw first.error;
  for (const warning of first.warnings) warn(warning);
  const configuration: WorkerConfiguration & { settings: Settings } = { settings: first.settings };
  watchConfig(
    file,
    {
      onChange({ settings, warnings }) {
        for (const warning of warnings) warn(warning);
        configuration.settings = settings;
        configuration.onChange?.();
      },
      onError: (error) => warn(error.message),
    },
    { signal, fingerprint: first.fingerprint },
  );
  return configuration;
}
