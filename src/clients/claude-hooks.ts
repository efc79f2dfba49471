import { settingsOddlyShaped } from '../errors/hooks.ts';
import { EDIT_TOOLS, HOOK_EVENTS, type HookEvent } from '../protocol/hook-events.ts';

/** The content of a settings file of Claude Code, as JSON. */
export type Settings = Readonly<Record<string, unknown>>;

/** After this the client goes on without the hook, in seconds: above what a hook takes at its slowest. */
const TIMEOUT_SECONDS = 5;
/** Ours by its last words, whatever path it was installed under. */
const OURS = new RegExp(
  `(?:paw-coordinator(?:@[\\w.-]+)?(?:\\.cmd)?|[\\\\/]+dist[\\\\/]+(?:cli|hook)\\.js)["']? (?:hook )?(${HOOK_EVENTS.join('|')})$`,
);

/**
 * The settings with our hook for every event. What is there stays as and where it is; ours is an element of its own,
 * the last of its event's list, or where it was before. Doing it twice changes nothing.
 *
 * @param command how the program is run, as its words: `['paw-coordinator']`, or Node and the path of the bundle
 * @throws PawError `invalid` if `hooks`, or one of its events, is of another shape than Claude Code reads
 */
export function withClaudeHooks(settings: Settings, command: readonly string[]): Settings {
  const hooks = { ...hooksOf(settings) };
  for (const event of HOOK_EVENTS) {
    const entries = entriesOf(hooks, event);
    const entry = entryFor(event, command);
    const at = entries.findIndex((known) => isOurs(known, event) && handlersOf(known).length === 1);
    const kept = entries.flatMap((known, index) => (index === at ? [entry] : withoutOurs(known, event)));
    hooks[event] = at === -1 ? [...kept, entry] : kept;
  }
  return { ...settings, hooks };
}

/**
 * The settings without our hooks, and without the lists that are empty for want of them.
 *
 * @throws PawError `invalid` as `withClaudeHooks`
 */
export function withoutClaudeHooks(settings: Settings): Settings {
  const { hooks: before, ...others } = settings;
  if (before === undefined) return settings;
  const hooks = { ...hooksOf(settings) };
  for (const event of HOOK_EVENTS) {
    const entries = entriesOf(hooks, event);
    if (!entries.some((entry) => isOurs(entry, event))) continue;
    const kept = entries.flatMap((entry) => withoutOurs(entry, event));
    if (kept.length > 0) hooks[event] = kept;
    else delete hooks[event];
  }
  return Object.keys(hooks).length > 0 || Object.keys(hooksOf(settings)).length === 0 ? { ...settings, hooks } : others;
}

/** The command that runs our hook, by event; none for an event without. Settings of an odd shape have none. */
export function claudeHookCommands(settings: Settings): Map<HookEvent, string> {
  const found = new Map<HookEvent, string>();
  const { hooks } = settings;
  if (!isObject(hooks)) return found;
  for (const event of HOOK_EVENTS) {
    const entries = hooks[event];
    if (!Array.isArray(entries)) continue;
    const commands = entries.flatMap((entry) => handlersOf(entry)).map((handler) => commandOf(handler));
    const ours = commands.find((command) => OURS.exec(command)?.[1] === event);
    if (ours !== undefined) found.set(event, ours);
  }
  return found;
}

function entryFor(event: HookEvent, command: readonly string[]): object {
  const words = [...command.map(quoted), 'hook', event].join(' ');
  return {
    ...(event === 'PreToolUse' && { matcher: EDIT_TOOLS.join('|') }),
    hooks: [{ type: 'command', command: words, timeout: TIMEOUT_SECONDS }],
  };
}

/** A word as a shell takes it for one; double quotes are what all shells of the client have in common. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll(/(["\\$`])/g, '\\$1')}"`;
}

function hooksOf(settings: Settings): Record<string, unknown> {
  const { hooks = {} } = settings;
  if (!isObject(hooks)) throw settingsOddlyShaped('hooks', 'an object');
  return hooks;
}

function entriesOf(hooks: Record<string, unknown>, event: HookEvent): unknown[] {
  const entries = hooks[event] ?? [];
  if (!Array.isArray(entries)) throw settingsOddlyShaped(`hooks.${event}`, 'a list');
  return entries;
}

function isOurs(entry: unknown, event: HookEvent): boolean {
  return handlersOf(entry).some((handler) => OURS.exec(commandOf(handler))?.[1] === event);
}

/** An entry of a list without our handlers; nothing if it held no others. */
function withoutOurs(entry: unknown, event: HookEvent): unknown[] {
  if (!isObject(entry) || !isOurs(entry, event)) return [entry];
  const hooks = handlersOf(entry).filter((handler) => OURS.exec(commandOf(handler))?.[1] !== event);
  return hooks.length === 0 ? [] : [{ ...entry, hooks }];
}

function handlersOf(entry: unknown): unknown[] {
  return isObject(entry) && Array.isArray(entry.hooks) ? entry.hooks : [];
}

function commandOf(handler: unknown): string {
  return isObject(handler) && typeof handler.command === 'string' ? handler.command : '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
