/** What is known of an MCP client: where it looks for servers, and in which form. */

export const CLIENT_IDS = ['claude-code', 'codex', 'gemini', 'cursor', 'vscode', 'opencode'] as const;
export type ClientId = (typeof CLIENT_IDS)[number];

/** The name under which the server is registered with every client. */
export const SERVER_NAME = 'paw';

/** What one server is in a client's file. */
export type Entry = Readonly<Record<string, unknown>>;

export interface Client {
  id: ClientId;
  /** For people. */
  name: string;
  /** Where it looks in a worktree: the first of these that exists; the first one if none does. */
  files: readonly [string, ...string[]];
  format: 'json' | 'toml';
  /** The keys below which the entry lies in a file that holds this. */
  keys(document: object): readonly string[];
  /** The entry that runs a command, given as its words. */
  entry(words: readonly string[]): Entry;
  /** Its commands; one on PATH means that the client is installed. */
  commands: readonly string[];
  /** Its folders and files, from the user's home; one that exists means that the client is installed. */
  atHome: readonly string[];
  /** Its folders and files in a repository, which mean that somebody uses the client here. */
  here: readonly string[];
  /** What is left for the user to do, in one sentence. */
  next: string;
}

/**
 * Codex ends a call after 60, 120 or 300 seconds, depending on its version. It has to be above the longest wait of a
 * tool, 50 s.
 */
const CODEX_CALL_SECONDS = 120;

export const CLIENTS: readonly Client[] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    files: ['.mcp.json'],
    format: 'json',
    keys: () => ['mcpServers', SERVER_NAME],
    entry: ([command, ...args]) => ({ type: 'stdio', command, args }),
    commands: ['claude'],
    atHome: ['.claude', '.claude.json'],
    here: ['.claude'],
    next: 'start `claude` again and approve the server `paw` when it asks.',
  },
  {
    id: 'codex',
    name: 'Codex',
    files: ['.codex/config.toml'],
    format: 'toml',
    keys: () => ['mcp_servers', SERVER_NAME],
    entry: ([command, ...args]) => ({ command, args, tool_timeout_sec: CODEX_CALL_SECONDS }),
    commands: ['codex'],
    atHome: ['.codex'],
    here: ['.codex'],
    next: 'start `codex` again and trust this folder: it reads the file in trusted projects only.',
  },
  {
    id: 'gemini',
    name: 'Gemini CLI',
    files: ['.gemini/settings.json'],
    format: 'json',
    keys: () => ['mcpServers', SERVER_NAME],
    entry: ([command, ...args]) => ({ command, args }),
    commands: ['gemini'],
    atHome: ['.gemini'],
    here: ['.gemini'],
    next: 'start `gemini` again; `/mcp` lists the server.',
  },
  {
    id: 'cursor',
    name: 'Cursor',
    files: ['.cursor/mcp.json'],
    format: 'json',
    keys: () => ['mcpServers', SERVER_NAME],
    entry: ([command, ...args]) => ({ type: 'stdio', command, args }),
    commands: ['cursor', 'cursor-agent'],
    atHome: ['.cursor'],
    here: ['.cursor'],
    next: 'open this folder again and switch the server `paw` on under Settings, MCP.',
  },
  {
    id: 'vscode',
    name: 'VS Code',
    files: ['.vscode/mcp.json'],
    format: 'json',
    keys: () => ['servers', SERVER_NAME],
    entry: ([command, ...args]) => ({ type: 'stdio', command, args }),
    commands: ['code', 'code-insiders'],
    atHome: ['.vscode', '.vscode-insiders'],
    here: ['.vscode'],
    next: 'open `.vscode/mcp.json` and press Start above the server `paw`.',
  },
  {
    id: 'opencode',
    name: 'opencode',
    files: ['opencode.json', 'opencode.jsonc'],
    format: 'json',
    keys: opencodeKeys,
    entry: (words) => ({ type: 'local', command: words }),
    commands: ['opencode'],
    atHome: ['.config/opencode', '.opencode'],
    here: ['.opencode', 'opencode.json', 'opencode.jsonc'],
    next: 'start `opencode` again.',
  },
];

/** From its second version on, opencode has servers below `mcp.servers`; before, a server could have that name. */
function opencodeKeys(document: object): readonly string[] {
  const mcp: unknown = Reflect.get(document, 'mcp');
  const servers: unknown = typeof mcp === 'object' && mcp !== null ? Reflect.get(mcp, 'servers') : undefined;
  const isSecondVersion = typeof servers === 'object' && servers !== null && !('type' in servers);
  return isSecondVersion ? ['mcp', 'servers', SERVER_NAME] : ['mcp', SERVER_NAME];
}
