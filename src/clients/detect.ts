import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CLIENTS, type Client } from './client.ts';
import { isOnPath } from './program.ts';

/** The clients that are installed for this user, or used in this worktree. */
export function installedClients(worktree: string, env: NodeJS.ProcessEnv): Client[] {
  const home = homedir();
  const isThere = (folder: string, names: readonly string[]): boolean =>
    names.some((name) => existsSync(join(folder, name)));
  return CLIENTS.filter(
    ({ commands, atHome, here }) =>
      commands.some((command) => isOnPath(command, env)) || isThere(home, atHome) || isThere(worktree, here),
  );
}
