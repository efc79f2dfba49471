import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HOOK_EVENTS } from '../protocol/hook-events.ts';
import { claudeHookCommands, type Settings, withClaudeHooks, withoutClaudeHooks } from './claude-hooks.ts';
import type { Client } from './client.ts';
import { patchJson, readJson } from './json-patch.ts';
import { isTable } from './nested.ts';
import type { Part } from './part.ts';
import { isThisProgram, type Program } from './program.ts';
import { isGoodRegistration, registeredWords, withoutRegistration, withRegistration } from './registration.ts';

/** What `init` puts into the files of clients, for one worktree. */

export interface Wanted {
  program: Program;
  /** What is there has to be portable too. */
  portable: boolean;
}

/** Our server in the file of one client. */
export function registrationPart(client: Client, worktree: string, { program, portable }: Wanted): Part {
  const name = client.files.find((file) => existsSync(join(worktree, file))) ?? client.files[0];
  const path = join(worktree, name);
  const at = { client, file: path };
  return {
    path,
    what: client.name,
    state(text) {
      const words = registeredWords(at, text);
      if (words === undefined || !isThisProgram(words)) return 'absent';
      return isGoodRegistration(words, { portable }) ? 'good' : 'stale';
    },
    add: (text) => withRegistration(at, text, program.server),
    remove: (text) => withoutRegistration(at, text),
  };
}

/** Our hooks in the settings of Claude Code. */
export function claudeHooksPart(worktree: string, { program, portable }: Wanted): Part {
  const path = join(worktree, '.claude', 'settings.json');
  const settingsIn = (text: string): Settings => {
    const value = readJson(text, path);
    return isTable(value) ? value : {};
  };
  return {
    path,
    what: 'hooks of Claude Code',
    state(text) {
      const commands = claudeHookCommands(settingsIn(text));
      if (commands.size === 0) return 'absent';
      const areGood = [...commands.values()].every((command) => isGoodRegistration(wordsIn(command), { portable }));
      return areGood && commands.size === HOOK_EVENTS.length ? 'good' : 'stale';
    },
    add: (text) => patchJson(text, withClaudeHooks(settingsIn(text), program.command), path),
    remove(text) {
      const left = patchJson(text, withoutClaudeHooks(settingsIn(text)), path);
      return /^\uFEFF?\s*(?:\{\s*\}\s*)?$/.test(left) ? undefined : left;
    },
  };
}

/** The words of a command line, without their quotes. */
function wordsIn(commandLine: string): string[] {
  const words = commandLine.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g);
  return [...words].map(([, quoted, bare]) => quoted?.replaceAll(/\\(["\\$`])/g, '$1') ?? bare ?? '');
}
