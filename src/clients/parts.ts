import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { HOOK_EVENTS } from '../protocol/hook-events.ts';
import { claudeHookCommands, type Settings, withClaudeHooks, withoutClaudeHooks } from './claude-hooks.ts';
import type { Client } from './client.ts';
import { patchJson, readJson } from './json-patch.ts';
import { isTable } from './nested.ts';
import type { Part } from './part.ts';
import { isPortable, isRunnable, type Program } from './program.ts';
import { recognition } from './recognition.ts';
import { registeredWords, withoutRegistration, withRegistration } from './registration.ts';
import { wordsOf } from './shell-words.ts';

/** What `init` puts into the files of clients, for one worktree. */

export interface Wanted {
  program: Program;
  /** What is there has to be portable too. */
  portable: boolean;
  env: NodeJS.ProcessEnv;
  /** Folders of bundles that are, or were, this program. */
  installations: ReadonlySet<string>;
}

/** Our server in the file of one client. */
export function registrationPart(client: Client, worktree: string, wanted: Wanted): Part {
  const name = client.files.find((file) => existsSync(join(worktree, file))) ?? client.files[0];
  const path = join(worktree, name);
  const ownArguments = recognition({ folder: worktree, installations: wanted.installations });
  const at = { client, file: path, ownArguments };
  return {
    path,
    what: client.name,
    state(text) {
      const words = registeredWords(at, text);
      if (words === undefined || ownArguments(words) === undefined) return 'absent';
      return isGood(words, worktree, wanted) ? 'good' : 'stale';
    },
    namesMachine(text) {
      const words = registeredWords(at, text) ?? [];
      return ownArguments(words) !== undefined && words.some((word) => isAbsolute(word));
    },
    add: (text) => withRegistration(at, text, wanted.program.server),
    remove: (text) => withoutRegistration(at, text),
    isEmpty: saysNothing,
  };
}

/** Our hooks in the settings of Claude Code. */
export function claudeHooksPart(worktree: string, wanted: Wanted): Part {
  const path = join(worktree, '.claude', 'settings.json');
  const ownArguments = recognition({ folder: worktree, installations: wanted.installations });
  const settingsIn = (text: string): Settings => {
    const value = readJson(text, path);
    return isTable(value) ? value : {};
  };
  const commandsIn = (text: string): string[][] =>
    [...claudeHookCommands(settingsIn(text), ownArguments).values()].map((command) => wordsOf(command) ?? []);
  return {
    path,
    what: 'hooks of Claude Code',
    state(text) {
      const commands = commandsIn(text);
      if (commands.length === 0) return 'absent';
      const areGood = commands.every((words) => isGood(words, worktree, wanted));
      return areGood && commands.length === HOOK_EVENTS.length ? 'good' : 'stale';
    },
    namesMachine: (text) => commandsIn(text).some((words) => words.some((word) => isAbsolute(word))),
    add: (text) => patchJson(text, withClaudeHooks(settingsIn(text), wanted.program.command, ownArguments), path),
    remove: (text) => patchJson(text, withoutClaudeHooks(settingsIn(text), ownArguments), path),
    isEmpty: saysNothing,
  };
}

/** Whether a file of settings is blank, or an empty object. */
function saysNothing(text: string): boolean {
  return /^\uFEFF?\s*(?:\{\s*\}\s*)?$/.test(text);
}

/** Whether a command of ours can stay as it is: what it names is there, and it is portable if that is asked. */
function isGood(words: readonly string[], folder: string, { portable, env }: Wanted): boolean {
  return isRunnable(words, { folder, env }) && (!portable || isPortable(words));
}
