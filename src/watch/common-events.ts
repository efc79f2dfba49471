/** What an event in the git common directory tells. */
export interface CommonEvents {
  /** Branches, HEADs or worktrees may have changed. */
  repository: boolean;
  /** Git directories, relative to the common one (empty: itself), whose index may have changed. */
  indexes: Set<string>;
  /** The rules by which git judges the files of all worktrees may have changed. */
  rules: boolean;
}

/** Folders of the common directory that tell nothing about branches and worktrees, and are large or busy. */
export const UNWATCHED_PARTS = ['objects', 'logs', 'hooks', 'lfs', 'modules', 'paw', 'rr-cache', 'refs/remotes'];

/** Files of a git directory that change with its HEAD or its place in the repository. */
const TELLING_FILES = new Set(['HEAD', 'packed-refs', 'gitdir', 'locked', 'rebase-merge', 'rebase-apply']);
const RULES = new Set(['info/exclude', 'info/attributes', 'config']);
/** Folders that hold branches, in either format. */
const BRANCH_FOLDERS = /^(refs(\/heads(\/.+)?)?|reftable(\/.+)?)$/;

/** @param paths relative to the common directory, with `/`; empty for the directory itself */
export function readCommonEvents(paths: readonly string[]): CommonEvents {
  const events: CommonEvents = { repository: false, indexes: new Set(), rules: false };
  for (const path of paths) {
    const { gitDir, file } = split(path);
    if (file === 'index') events.indexes.add(gitDir);
    else if (RULES.has(path)) events.rules = true;
    else if (file === '' || TELLING_FILES.has(file) || BRANCH_FOLDERS.test(file)) events.repository = true;
  }
  return events;
}

/** Linked worktrees have their git directories in `worktrees/<name>`. */
function split(path: string): { gitDir: string; file: string } {
  const linked = /^worktrees(?:\/[^/]+)?/.exec(path)?.[0];
  if (linked === undefined || (path.length > linked.length && path[linked.length] !== '/')) {
    return { gitDir: '', file: path };
  }
  return { gitDir: linked, file: path.slice(linked.length + 1) };
}
