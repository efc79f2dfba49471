import { isAbsolute, relative, resolve, sep } from 'node:path';
import { forceNeeded, outsideWorktree } from '../errors/commands.ts';
import { withCoordinator } from './coordinator-link.ts';
import { print, printJson } from './output.ts';
import { safeLine } from './render/safe-text.ts';

export interface ReleaseOptions {
  name?: string[];
  work?: string[];
  force?: boolean;
  json?: boolean;
}

/** `paw-coordinator release --force`: takes claims from whoever holds them; the holders are told. */
export async function release(
  given: readonly string[],
  { name: names = [], work = [], force, json }: ReleaseOptions,
): Promise<void> {
  if (force !== true) throw forceNeeded([...given, ...names, ...work]);
  const { released } = await withCoordinator((link, { worktree }) => {
    const paths = given.map((path) => claimedPath(path, process.cwd(), worktree));
    return link.request('release', { paths, names, work, force });
  });
  if (json === true) return printJson({ released });
  print(`Released: ${released.map(safeLine).join(', ')}. Whoever held it has been told.`);
}

/**
 * A path as claims name it, from the root of the repository. A path that begins with `/`, `./` or `../` is one of
 * this machine, as a shell completes it; any other is taken as `claims` shows it.
 */
export function claimedPath(path: string, folder: string, worktree: string | undefined): string {
  const isLocal = isAbsolute(path) || /^\.\.?([/\\]|$)/.test(path);
  if (!isLocal || worktree === undefined) return path.replace(/(?<=.)\/+$/, '');
  const inside = relative(worktree, resolve(folder, path));
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw outsideWorktree(path, worktree);
  return inside === '' ? '.' : inside.split(sep).join('/');
}
