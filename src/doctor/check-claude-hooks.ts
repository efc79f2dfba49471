import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { claudeHookCommands } from '../clients/claude-hooks.ts';
import { readJson } from '../clients/json-patch.ts';
import type { OwnArguments } from '../clients/recognition.ts';
import { wordsOf } from '../clients/shell-words.ts';
import { HOOK_EVENTS, type HookEvent } from '../protocol/hook-events.ts';
import { bad, type Check, failed, good, type Surroundings } from './check.ts';
import { ownProgram } from './own-program.ts';

const NAME = 'hooks of claude-code';
const INSTALL = 'Run `paw-coordinator init --hooks`.';

/** The hooks of Claude Code that are installed. */
export interface HooksFound {
  check: Check;
  /** The command of one of them; absent if none is installed, or none is run. */
  command?: string;
}

interface SettingsFile {
  file: string;
  settings: Record<string, unknown>;
}

/** Which hooks of Claude Code are installed in the files it reads them from, and whether it can run each of them. */
export function checkClaudeHooks(worktree: string, ownArguments: OwnArguments, { env }: Surroundings): HooksFound {
  const files: SettingsFile[] = [];
  for (const file of filesOf(worktree, env)) {
    try {
      files.push({ file, settings: settingsIn(file) });
    } catch (error) {
      return { check: failed(NAME, error, `Correct ${file}; Claude Code cannot read it either.`) };
    }
  }
  const found = files.map(({ file, settings }) => ({ file, commands: claudeHookCommands(settings, ownArguments) }));
  const all = found.flatMap(({ commands }) => [...commands]);
  const [command] = new Map(all).values();
  if (command === undefined)
    return {
      check: good(NAME, 'not installed', 'Run `paw-coordinator init --hooks`, so that mail and guards reach it.'),
    };
  const detail = `installed in ${found.flatMap(({ file, commands }) => (commands.size > 0 ? [file] : [])).join(', ')}`;
  const off = switchedOffBy(files);
  if (off !== undefined) {
    const fix = `Take "disableAllHooks" out of ${off}.`;
    return { check: bad(NAME, `${detail}, and all hooks are switched off by "disableAllHooks" in ${off}`, fix) };
  }
  const problem = lacking(all) ?? broken(all, worktree, env);
  return {
    check: problem === undefined ? good(NAME, detail) : bad(NAME, `${detail}, but ${problem}`, INSTALL),
    command,
  };
}

/** The files with hooks, the one whose settings count most first. */
function filesOf(worktree: string, env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  return [
    join(worktree, '.claude', 'settings.local.json'),
    join(worktree, '.claude', 'settings.json'),
    join(home, '.claude', 'settings.json'),
  ].filter((file) => existsSync(file));
}

/** The file that has Claude Code run no hooks, if one does. */
function switchedOffBy(files: readonly SettingsFile[]): string | undefined {
  const decides = files.find(({ settings }) => typeof settings.disableAllHooks === 'boolean');
  return decides?.settings.disableAllHooks === true ? decides.file : undefined;
}

function lacking(all: readonly (readonly [HookEvent, string])[]): string | undefined {
  const missing = HOOK_EVENTS.filter((event) => !all.some(([known]) => known === event));
  return missing.length === 0 ? undefined : `not for ${missing.join(', ')}`;
}

/** Each event has a command of its own, so each of them can be the one that is not there. */
function broken(
  all: readonly (readonly [HookEvent, string])[],
  folder: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const gone = all.flatMap(([event, command]) => {
    const runnable = ownProgram(wordsOf(command) ?? [], { folder, env });
    return runnable.is === 'missing' ? [{ event, what: runnable.what }] : [];
  });
  const [first] = gone;
  if (first === undefined) return undefined;
  const events = [...new Set(gone.map(({ event }) => event))].join(', ');
  return `for ${events} it runs ${first.what}, which is not there`;
}

function settingsIn(file: string): Record<string, unknown> {
  const content = readJson(readFileSync(file, 'utf8'), file);
  return typeof content === 'object' && content !== null ? { ...content } : {};
}
