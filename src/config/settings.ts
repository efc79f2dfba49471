import { raisedSetting, type WrongSetting } from '../errors/config.ts';
import { type ConfigFile, configSchema, type Settings } from './schema.ts';
import { withoutUnknownKeys } from './unknown-keys.ts';

/** Shorter than this a commit and the writes that belong to it cannot be told apart, in seconds. */
const REPUBLISH_MIN_SECONDS = 5;

/**
 * The settings in the content of a configuration file, with the defaults for what it leaves out, or everything
 * in it that is wrong.
 */
export function toSettings(
  content: Readonly<Record<string, unknown>>,
): { settings: Settings; warnings: string[] } | { wrong: WrongSetting[] } {
  const { known, warnings } = withoutUnknownKeys(configSchema, content);
  const result = configSchema.safeParse(known);
  if (!result.success) {
    const wrong = result.error.issues.map(({ path, message }) => ({
      key: keyAt(path),
      given: valueAt(content, path),
      allowed: message,
    }));
    return { wrong };
  }
  const raised = raiseRepublishTtl(result.data);
  return { settings: distribute(result.data), warnings: raised === undefined ? warnings : [...warnings, raised] };
}

/** The settings that hold without a file. */
export function defaultSettings(): Settings {
  return distribute(configSchema.parse({}));
}

function distribute(file: ConfigFile): Settings {
  const { $schema: _, repository, idleExitSeconds, verify, learnings, worker, ...rules } = file;
  const { command, timeoutSeconds, ...asking } = verify;
  return {
    state: { ...rules, verify: { ...asking, gate: command !== undefined } },
    idleExitSeconds,
    learnings,
    worker,
    ...(repository.base !== undefined && { base: repository.base }),
    ...(command !== undefined && { gate: { command, timeoutSeconds } }),
  };
}

/** Raises a time that is too short, and returns the warning about it. */
function raiseRepublishTtl({ watch }: ConfigFile): string | undefined {
  const given = watch.republishWorkingTtlSeconds;
  if (given === 0 || given >= REPUBLISH_MIN_SECONDS) return undefined;
  watch.republishWorkingTtlSeconds = REPUBLISH_MIN_SECONDS;
  const why = 'anything shorter is unreliable, and 0 switches it off';
  return raisedSetting('watch.republishWorkingTtlSeconds', given, REPUBLISH_MIN_SECONDS, why);
}

function keyAt(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value: unknown, part) => (value as Record<PropertyKey, unknown>)[part], content);
}
