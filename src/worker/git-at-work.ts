import { readdir, readFile, readlink } from 'node:fs/promises';
import { sep } from 'node:path';
import process from 'node:process';

/** git, and the programs it is made of. */
const GIT = /^git(?:-|$)/;

/** Whether a git has its working folder in this one, given by its real path. Only Linux tells; elsewhere false. */
export async function isGitAtWorkIn(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (!GIT.test(name.trim())) continue;
    // Gone meanwhile, or somebody else's.
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (cwd === folder || cwd.startsWith(folder + sep)) return true;
  }
  return false;
}
