import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { claudeHookCommands } from '../clients/claude-hooks.ts';
import { SERVER_NAME } from '../clients/client.ts';
import { readJson } from '../clients/json-patch.ts';
import { isOnPath, PROGRAM } from '../clients/program.ts';
import type { OwnArguments } from '../clients/recognition.ts';
import { HOOK_EVENTS } from '../protocol/hook-events.ts';
import { git } from '../repository/git.ts';
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

/** Which of git's hooks call this program, and whether what they call is there. */
export async function checkGitHooks(worktree: string, options: Surroundings): Promise<Check> {
  const name = 'git hooks';
  try {
    const { stdout } = await git(worktree, ['rev-parse', '--git-path', 'hooks'], options);
    const folder = resolve(worktree, stdout.trim());
    const texts = ['pre-commit', 'pre-push'].flatMap((hook) => {
      const file = join(folder, hook);
      const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
      return text.includes('paw-coordinator') ? [{ hook, text }] : [];
    });
    if (texts.length === 0) return good(name, 'not installed');
    const gone = texts.flatMap(({ text }) => scriptsIn(text)).filter((file) => !existsSync(file));
    const detail = `${texts.map(({ hook }) => hook).join(' and ')} in ${folder}`;
    if (gone[0] === undefined) return good(name, detail);
    const fix = 'Run `paw-coordinator init --git-hooks`.';
    return isOnPath(PROGRAM, options.env)
      ? good(name, `${detail} call ${PROGRAM} on PATH, because ${gone[0]} is not there`, fix)
      : bad(name, `${detail} call ${gone[0]}, which is not there`, fix);
  } catch (error) {
    return failed(name, error);
  }
}

function settingsIn(file: string): Record<string, unknown> {
  const content = readJson(readFileSync(file, 'utf8'), file);
  return typeof content === 'object' && content !== null ? { ...content } : {};
}

/** The bundles that a script of the shell names by their absolute paths. */
function scriptsIn(text: string): string[] {
  return [...text.matchAll(/["']((?:\/|[A-Za-z]:[\\/])[^"'\n]*[\\/](?:cli|hook)\.js)["']/g)].map(
    ([, file = '']) => file,
  );
}
