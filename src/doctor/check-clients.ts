import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { claudeHookCommands } from '../clients/claude-hooks.ts';
import { SERVER_NAME } from '../clients/client.ts';
import { readJson } from '../clients/json-patch.ts';
import type { OwnArguments } from '../clients/recognition.ts';
import { HOOK_EVENTS } from '../protocol/hook-events.ts';
import { bad, type Check, failed, firstSentence, good, type Surroundings } from './check.ts';
import { ownProgram } from './own-program.ts';
import type { RegistrationsFound } from './registrations.ts';

const HOOKS = 'hooks of claude-code';

/** The hooks of Claude Code that are installed. */
export interface HooksFound {
  check: Check;
  /** The command of one of them; absent if none is installed. */
  command?: string;
}

/** Which clients are told to run this server, and whether what they run is there. */
export function checkRegistrations(
  { registrations, taken, unreadable }: RegistrationsFound,
  worktree: string,
  { env }: Surroundings,
): Check[] {
  const checks = registrations.map(({ client, file, command }): Check => {
    const name = `registration of ${client}`;
    const runnable = ownProgram(command, { folder: worktree, env });
    if (runnable.is !== 'missing') return good(name, `${file}: ${command.join(' ')}`);
    return bad(
      name,
      `${file} runs ${runnable.what}, which is not there`,
      `Run \`paw-coordinator init --client ${client}\`.`,
    );
  });
  const faults = unreadable.map(({ client, file, problem }) =>
    bad(`registration of ${client}`, firstSentence(problem)[0], `Correct ${file}; ${client} cannot read it either.`),
  );
  const others = taken.map(({ client, file, command }) =>
    good(
      `registration of ${client}`,
      `${file} registers another server under the name ${SERVER_NAME}: ${command.join(' ')}`,
      `Rename or remove that one and run \`paw-coordinator init --client ${client}\`, if this server is wanted there.`,
    ),
  );
  const all = [...checks, ...others, ...faults];
  if (all.length > 0) return all;
  return [good('registrations', 'no client is told to run this server here', 'Run `paw-coordinator init`.')];
}

/** Which hooks of Claude Code are installed in the files it reads them from. */
export function checkClaudeHooks(worktree: string, ownArguments: OwnArguments, { env }: Surroundings): HooksFound {
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  const files = [
    join(worktree, '.claude', 'settings.json'),
    join(worktree, '.claude', 'settings.local.json'),
    join(home, '.claude', 'settings.json'),
  ].filter((file) => existsSync(file));
  const commands = new Map<string, string>();
  const from: string[] = [];
  for (const file of files) {
    try {
      const found = claudeHookCommands(settingsIn(file), ownArguments);
      if (found.size > 0) from.push(file);
      for (const [event, command] of found) commands.set(event, command);
    } catch (error) {
      return { check: failed(HOOKS, error, `Correct ${file}; Claude Code cannot read it either.`) };
    }
  }
  const [command] = commands.values();
  if (command === undefined) {
    return {
      check: good(HOOKS, 'not installed', 'Run `paw-coordinator init --hooks`, so that mail and guards reach it.'),
    };
  }
  const missing = HOOK_EVENTS.filter((event) => !commands.has(event));
  const detail = `installed in ${from.join(', ')}`;
  const check =
    missing.length === 0
      ? good(HOOKS, detail)
      : bad(HOOKS, `${detail}, but not for ${missing.join(', ')}`, 'Run `paw-coordinator init --hooks`.');
  return { check, command };
}

function settingsIn(file: string): Record<string, unknown> {
  const content = readJson(readFileSync(file, 'utf8'), file);
  return typeof content === 'object' && content !== null ? { ...content } : {};
}
