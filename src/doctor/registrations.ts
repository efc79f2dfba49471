import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../repository/error-code.ts';
import { readJsonc, readTomlTable, valueAt } from './client-file.ts';

/** The name under which clients know our server. */
const SERVER = 'paw';
const SECOND_MS = 1000;

/** That a client is told to run our server. */
export interface Registration {
  client: string;
  file: string;
  /** Program and arguments. */
  command: string[];
  /** How long the client lets a call take, in seconds, if the registration says so. */
  limitSeconds?: number;
}

/** What the files of the clients hold, and which of them cannot be read. */
export interface RegistrationsFound {
  registrations: Registration[];
  unreadable: { client: string; file: string; problem: string }[];
}

interface ClientFile {
  client: string;
  file: string;
  /** The server's entry in the file's text; undefined if there is none. */
  entryIn: (text: string) => unknown;
  /** The key of the limit of calls, and how many of its units a second has. */
  limit?: { key: string; perSecond: number };
}

/** Finds our server in the files in which the clients look, those of the worktree and those of the user. */
export function findRegistrations(worktree: string, env: NodeJS.ProcessEnv): RegistrationsFound {
  const found: RegistrationsFound = { registrations: [], unreadable: [] };
  for (const { client, file, entryIn, limit } of clientFiles(worktree, env)) {
    try {
      const entry = entryIn(readFileSync(file, 'utf8'));
      const command = commandOf(entry);
      if (command === undefined) continue;
      const given = limit && valueAt(entry, [limit.key]);
      const limitSeconds = limit && typeof given === 'number' ? given / limit.perSecond : undefined;
      found.registrations.push({ client, file, command, ...(limitSeconds !== undefined && { limitSeconds }) });
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') continue;
      found.unreadable.push({ client, file, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return found;
}

function clientFiles(worktree: string, env: NodeJS.ProcessEnv): ClientFile[] {
  const home = env.HOME ?? env.USERPROFILE ?? homedir();
  const json =
    (...keys: string[]) =>
    (text: string): unknown =>
      valueAt(readJsonc(text), [...keys, SERVER]);
  const milliseconds = { key: 'timeout', perSecond: SECOND_MS };
  const codex: Pick<ClientFile, 'client' | 'entryIn' | 'limit'> = {
    client: 'codex',
    entryIn: (text) => readTomlTable(text, ['mcp_servers', SERVER]),
    limit: { key: 'tool_timeout_sec', perSecond: 1 },
  };
  const opencode: Pick<ClientFile, 'client' | 'entryIn'> = {
    client: 'opencode',
    entryIn: (text) => json('mcp')(text) ?? json('mcp', 'servers')(text),
  };
  const folders = [
    { folder: worktree, opencode: worktree, codex: join(worktree, '.codex') },
    { folder: home, opencode: join(home, '.config', 'opencode'), codex: env.CODEX_HOME ?? join(home, '.codex') },
  ];
  return [
    { client: 'claude-code', file: join(worktree, '.mcp.json'), entryIn: json('mcpServers'), limit: milliseconds },
    {
      client: 'claude-code',
      file: join(home, '.claude.json'),
      entryIn: (text) => json('projects', worktree, 'mcpServers')(text) ?? json('mcpServers')(text),
      limit: milliseconds,
    },
    ...folders.map((at) => ({ ...codex, file: join(at.codex, 'config.toml') })),
    ...folders.map(({ folder }) => ({
      client: 'gemini',
      file: join(folder, '.gemini', 'settings.json'),
      entryIn: json('mcpServers'),
      limit: milliseconds,
    })),
    ...folders.map(({ folder }) => ({
      client: 'cursor',
      file: join(folder, '.cursor', 'mcp.json'),
      entryIn: json('mcpServers'),
    })),
    { client: 'vscode', file: join(worktree, '.vscode', 'mcp.json'), entryIn: json('servers') },
    ...folders.flatMap((at) =>
      ['opencode.json', 'opencode.jsonc'].map((name) => ({ ...opencode, file: join(at.opencode, name) })),
    ),
  ];
}

/** Program and arguments of an entry: a text and a list, or one list. Undefined if it is no entry of a local server. */
function commandOf(entry: unknown): string[] | undefined {
  const command = valueAt(entry, ['command']);
  const args = valueAt(entry, ['args']) ?? [];
  const words = [...(Array.isArray(command) ? command : [command]), ...(Array.isArray(args) ? args : [])];
  return words.every((word) => typeof word === 'string') ? words : undefined;
}
