import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CLIENTS, type Client, type ClientId, SERVER_NAME } from '../clients/client.ts';
import { readJson } from '../clients/json-patch.ts';
import type { OwnArguments } from '../clients/recognition.ts';
import { readToml } from '../clients/toml-section.ts';
import { errorCode } from '../repository/error-code.ts';

const SECOND_MS = 1000;

/** That a client is told to run a server under our name. */
export interface Registration {
  client: ClientId;
  file: string;
  /** Program and arguments. */
  command: string[];
  /** How long the client lets a call take, in seconds, if the registration says so. */
  limitSeconds?: number;
}

/** What the files of the clients hold, and which of them cannot be read. */
export interface RegistrationsFound {
  registrations: Registration[];
  /** Other servers under our name. */
  taken: Registration[];
  unreadable: { client: ClientId; file: string; problem: string }[];
}

/** The key of a time limit of calls, and how many of its units a second has. */
const LIMITS: Partial<Record<ClientId, { key: string; perSecond: number }>> = {
  'claude-code': { key: 'timeout', perSecond: SECOND_MS },
  codex: { key: 'tool_timeout_sec', perSecond: 1 },
  gemini: { key: 'timeout', perSecond: SECOND_MS },
};

/**
 * Finds our server in the files in which the clients look, those of the worktree and those of the user.
 *
 * @param ownArguments tells it from others of that name
 */
export function findRegistrations(
  worktree: string,
  ownArguments: OwnArguments,
  env: NodeJS.ProcessEnv,
): RegistrationsFound {
  const found: RegistrationsFound = { registrations: [], taken: [], unreadable: [] };
  for (const client of CLIENTS) {
    for (const file of filesOf(client, worktree, env)) {
      try {
        const registration = registrationIn(client, file, worktree);
        if (registration === undefined) continue;
        const isOurs = ownArguments(registration.command) !== undefined;
        (isOurs ? found.registrations : found.taken).push(registration);
      } catch (error) {
        if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') continue;
        const problem = error instanceof Error ? error.message : String(error);
        found.unreadable.push({ client: client.id, file, problem });
      }
    }
  }
  return found;
}

function registrationIn({ id, format, keys }: Client, file: string, worktree: string): Registration | undefined {
  const text = readFileSync(file, 'utf8');
  const document = format === 'toml' ? readToml(text, file) : readJson(text, file);
  if (typeof document !== 'object' || document === null) return undefined;
  // Claude Code keeps what a user registered for one folder only in the file for all of them.
  const entry =
    valueAt(document, ['projects', worktree, 'mcpServers', SERVER_NAME]) ?? valueAt(document, keys(document));
  const command = commandOf(entry);
  if (command === undefined) return undefined;
  const limit = LIMITS[id];
  const given = limit && valueAt(entry, [limit.key]);
  const limitSeconds = limit && typeof given === 'number' ? given / limit.perSecond : undefined;
  return { client: id, file, command, ...(limitSeconds !== undefined && { limitSeconds }) };
}

/** Where a client looks: in the worktree, and in the home of the user. */
function filesOf({ id, files }: Client, worktree: string, env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  const here = files.map((name) => join(worktree, name));
  switch (id) {
    case 'claude-code':
      return [...here, join(home, '.claude.json')];
    case 'codex':
      return [...here, join(env.CODEX_HOME ?? join(home, '.codex'), 'config.toml')];
    case 'opencode':
      return [...here, ...files.map((name) => join(home, '.config', 'opencode', name))];
    // Of VS Code's own file it depends on the system and the profile where it lies.
    case 'vscode':
      return here;
    default:
      return [...here, ...files.map((name) => join(home, name))];
  }
}

/** Program and arguments of an entry: a text and a list, or one list. Undefined if it is no entry of a local server. */
function commandOf(entry: unknown): string[] | undefined {
  const command = valueAt(entry, ['command']);
  const args = valueAt(entry, ['args']) ?? [];
  const words = [...(Array.isArray(command) ? command : [command]), ...(Array.isArray(args) ? args : [])];
  return words.every((word) => typeof word === 'string') ? words : undefined;
}

/** The value below some keys; undefined where one of them is missing. */
function valueAt(content: unknown, keys: readonly string[]): unknown {
  let value = content;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return value;
}
