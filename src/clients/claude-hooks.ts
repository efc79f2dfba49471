import { settingsOddlyShaped } from '../errors/hooks.ts';
import { EDIT_TOOLS, HOOK_EVENTS, type HookEvent } from '../protocol/hook-events.ts';
import type { OwnArguments } from './recognition.ts';
import { lineOf, wordsOf } from './shell-words.ts';

/** The content of a settings file of Claude Code, as JSON. */
export type Settings = Readonly<Record<string, unknown>>;

/** After this the client goes on without the hook, in seconds: above what a hook takes at its slowest. */
const TIMEOUT_SECONDS = 5;

/**
 * The settings with our hook for every event. What is there stays as and where it is; ours is an element of its own,
 * the last of its event's list, or where it was before. Doing it twice changes nothing.
 *
 * @param command how the program is run, as its words: `['paw-coordinator']`, or Node and the path of the bundle
 * @param ownArguments tells our hooks from those of others
 * @throws PawError `invalid` if `hooks`, or one of its events, is of another shape than Claude Code reads
 */
export function withClaudeHooks(settings: Settings, command: readonly string[], ownArguments: OwnArguments): Settings {
  const isOurs = oursBy(ownArguments);
  const hooks = { ...hooksOf(settings) };
  for (const event of HOOK_EVENTS) {
    const entries = entriesOf(hooks, event);
    const entry = entryFor(event, command);
    const at = entries.findIndex(
      (known) => handlersOf(known).length === 1 && handlersOf(known).some((one) => isOurs(one, event)),
    );
    const kept = entries.flatMap((known, index) => (index === at ? [entry] : withoutOurs(known, event, isOurs)));
    hooks[event] = at === -1 ? [...kept, entry] : kept;
  }
  return { ...settings, hooks };
}

/**
 * The settings without our hooks, and without the lists that are empty for want of them.
 *
 * @throws PawError `invalid` as `withClaudeHooks`
 */
export function withoutClaudeHooks(settings: Settings, ownArguments: OwnArguments): Settings {
  const isOurs = oursBy(ownArguments);
  const { hooks: before, ...others } = settings;
  if (before === undefined) return settings;
  const hooks = { ...hooksOf(settings) };
  for (const event of HOOK_EVENTS) {
    const entries = entriesOf(hooks, event);
    const kept = entries.flatMap((entry) => withoutOurs(entry, event, isOurs));
    if (kept.every((entry, index) => entry === entries[index]) && kept.length === entries.length) continue;
    if (kept.length > 0) hooks[event] = kept;
    else delete hooks[event];
  }
  return Object.keys(hooks).length > 0 || Object.keys(hooksOf(settings)).length === 0 ? { ...settings, hooks } : others;
}

/** The command that runs our hook, by event; none for an event without. Settings of an odd shape have none. */
export function claudeHookCommands(settings: Settings, ownArguments: OwnArguments): Map<HookEvent, string> {
  const isOurs = oursBy(ownArguments);
  const found = new Map<HookEvent, string>();
  const { hooks } = settings;
  if (!isObject(hooks)) return found;
  for (const event of HOOK_EVENTS) {
    const entries = hooks[event];
    if (!Array.isArray(entries)) continue;
    const ours = entries.flatMap((entry) => handlersOf(entry)).find((handler) => isOurs(handler, event));
    if (ours !== undefined) found.set(event, commandOf(ours));
  }
  return found;
}

function entryFor(event: HookEvent, command: readonly string[]): object {
  const words = lineOf([...command, 'hook', event]);
  return {
    ...(event === 'PreToolUse' && { matcher: EDIT_TOOLS.join('|') }),
    hooks: [{ type: 'command', command: words, timeout: TIMEOUT_SECONDS }],
  };
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

/** Whether a handler is our hook for an event, and nothing beside it. */
type IsOurs = (handler: unknown, event: HookEvent) => boolean;

/** The bundle that is for hooks alone takes the event as its first argument. */
function oursBy(ownArguments: OwnArguments): IsOurs {
  return (handler, event) => {
    const given = ownArguments(wordsOf(commandOf(handler)) ?? []) ?? [];
    return given.at(-1) === event && (given.length === 1 || (given.length === 2 && given[0] === 'hook'));
  };
}

/** An entry of a list without our handlers; nothing if it held no others. */
function withoutOurs(entry: unknown, event: HookEvent, isOurs: IsOurs): unknown[] {
  const handlers = handlersOf(entry);
  const others = handlers.filter((handler) => !isOurs(handler, event));
  if (!isObject(entry) || others.length === handlers.length) return [entry];
  return others.length === 0 ? [] : [{ ...entry, hooks: others }];
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
