import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where a folder lies, as the files of git say it. Paths are absolute, with links followed. */
export interface PlaceOnDisk {
  /** Root of the worktree. */
  worktree: string;
  commonDir: string;
}

/**
 * Finds the worktree of an existing folder without running git, which takes a hook longer than everything else it
 * does. Undefined outside of worktrees, and wherever git would have to be asked.
 */
export function placeOnDisk(folder: string): PlaceOnDisk | undefined {
  try {
    for (let at = realpathSync.native(folder), up = dirname(at); ; at = up, up = dirname(at)) {
      const commonDir = commonDirAt(at);
      if (commonDir !== undefined) return { worktree: at, commonDir };
      if (up === at) return undefined;
    }
  } catch {
    return undefined;
  }
}

/** The git common directory of the worktree with this root; undefined if it is none. */
function commonDirAt(root: string): string | undefined {
  const dotGit = join(root, '.git');
  const stats = statSync(dotGit, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (stats.isDirectory())
    return statSync(join(dotGit, 'HEAD'), { throwIfNoEntry: false }) && realpathSync.native(dotGit);
  // A linked worktree, or a submodule, whose git directory is common to all of its own worktrees.
  const gitDir = resolve(
    root,
    readFileSync(dotGit, 'utf8')
      .replace(/^gitdir: /, '')
      .trim(),
  );
  return realpathSync.native(resolve(gitDir, commonDirIn(gitDir)));
}

function commonDirIn(gitDir: string): string {
  try {
    return readFileSync(join(gitDir, 'commondir'), 'utf8').trim();
  } catch {
    return '.';
  }
}
