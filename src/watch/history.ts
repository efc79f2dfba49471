import { cannotLook } from '../errors/watch.ts';
import { PATHS_MAX } from '../protocol/limits.ts';
import { type GitOptions, git } from '../repository/git.ts';

/** Commits named in one fact. */
const COMMITS_SHOWN = 50;
/** Commits that are counted, and whose files are united, at most. */
const COMMITS_MAX = 1000;
/** How long git may take over the commits of one branch, in milliseconds. */
const HISTORY_TIMEOUT_MS = 30_000;
const BRANCH_PREFIX = 'refs/heads/';
/** What happened to a file, a letter for each parent of the commit. */
const STATUS = /^[A-Z]+$/;

/** A list of paths, sorted and cut. */
export interface FileList {
  files: string[];
  /** How many were cut off. */
  truncated?: number;
}

/** What a branch has gained. */
export interface Gained extends FileList {
  /** Newest first, at most 50. */
  commits: string[];
  /** First lines of their messages, in the same order. */
  subjects: string[];
  /** The files of each of them, in the same order; absent if that is more than a list of paths may hold. */
  changes?: string[][];
  /** Files that the branch changes and that are not as base has them; absent without a base, or if too many. */
  differing?: string[];
  /** How many more there are; counted up to 1,000. */
  more?: number;
  /** The tip before is no ancestor of this one. */
  rewritten?: true;
}

/** Sorts the paths, leaves out doubles, and cuts the list at 1,000. */
export function fileList(paths: Iterable<string>): FileList {
  const all = [...new Set(paths)].sort();
  const cut = all.length - PATHS_MAX;
  return cut > 0 ? { files: all.slice(0, PATHS_MAX), truncated: cut } : { files: all };
}

/** Asks git about the commits of one repository. Every method rejects with a PawError or what `git` rejects with. */
export class History {
  readonly #commonDir: string;
  readonly #options: GitOptions;

  constructor(commonDir: string, options: GitOptions) {
    this.#commonDir = commonDir;
    this.#options = { ...options, timeoutMs: HISTORY_TIMEOUT_MS };
  }

  /** Tips of all local branches, by name. */
  async branches(): Promise<Map<string, string>> {
    const output = await this.#ask('its branches', [
      'for-each-ref',
      '--format=%(objectname) %(refname)',
      BRANCH_PREFIX,
    ]);
    const tips = new Map<string, string>();
    for (const line of output.split('\n')) {
      const [tip, name] = line.split(' ');
      if (tip !== undefined && name !== undefined) tips.set(name.slice(BRANCH_PREFIX.length), tip);
    }
    return tips;
  }

  /**
   * What lies between two tips of a branch and is not on base.
   *
   * @param from the tip before; undefined if none is known
   * @param base tip of the base branch; undefined if there is none, or the branch is the base branch itself
   */
  async gained(from: string | undefined, tip: string, base: string | undefined): Promise<Gained> {
    const rewritten = from !== undefined && !(await this.isAncestor(from, tip));
    const bounds = [from, base].filter((commit) => commit !== undefined);
    const commits = await this.#commits([tip, ...bounds.map((commit) => `^${commit}`)]);
    const lower = base ?? from;
    // With too many commits to go through one by one, what the branch changes as a whole is the nearest answer.
    const whole = lower !== undefined && (rewritten || commits.length >= COMMITS_MAX);
    const start = whole ? await this.#mergeBase(lower, tip) : undefined;
    const shown = commits.slice(0, COMMITS_SHOWN);
    const each = await this.#changesOf(start === undefined ? commits : shown);
    const paths = start === undefined ? [...each.values()].flat() : await this.#difference(start, tip);
    const more = commits.length - shown.length;
    const changes = shown.map((commit) => each.get(commit) ?? []);
    const differing = base === undefined ? undefined : await this.#differing(base, tip);
    return {
      commits: shown,
      subjects: await this.#subjectsOf(shown),
      ...(changes.flat().length <= PATHS_MAX && { changes }),
      ...(differing !== undefined && differing.length <= PATHS_MAX && { differing }),
      ...(more > 0 && { more }),
      ...fileList(paths),
      ...(rewritten && { rewritten }),
    };
  }

  /** Files that a branch changes against its merge base with the base branch; none without a common ancestor. */
  async changedSince(base: string, tip: string): Promise<FileList> {
    const start = await this.#mergeBase(base, tip);
    return fileList(start === undefined ? [] : await this.#difference(start, tip));
  }

  /** Whether the last thing that happened to a worktree's HEAD was a checkout; false where git keeps no record. */
  async wasCheckedOut(worktree: string): Promise<boolean> {
    const args = ['log', '--walk-reflogs', '--max-count=1', '--no-show-signature', '--format=%gs', 'HEAD', '--'];
    const answer = await git(worktree, args, this.#options);
    return answer.code === 0 && answer.stdout.startsWith('checkout: ');
  }

  /** Whether a commit is reachable from neither `since` nor a tag nor any branch but `except`: it may just have been made. */
  async isNew(tip: string, since: string | undefined, except: string | undefined): Promise<boolean> {
    const others = [
      ...(since === undefined ? [] : [since]),
      ...(except === undefined ? [] : [`--exclude=${except}`]),
      '--branches',
      '--remotes',
      '--tags',
    ];
    return (await this.#commits([tip, '--not', ...others])).length > 0;
  }

  async isAncestor(commit: string, tip: string): Promise<boolean> {
    const { code } = await git(this.#commonDir, ['merge-base', '--is-ancestor', commit, tip], this.#options);
    return code === 0;
  }

  /** Newest first. A bound that git has thrown away is none. */
  async #commits(selection: string[]): Promise<string[]> {
    const args = ['rev-list', '--ignore-missing', '--topo-order', `--max-count=${COMMITS_MAX}`, ...selection];
    return (await this.#ask('its commits', args)).split('\n').filter((line) => line !== '');
  }

  async #subjectsOf(commits: string[]): Promise<string[]> {
    if (commits.length === 0) return [];
    const args = ['log', '--no-walk=unsorted', '--no-show-signature', '-z', '--format=%s', '--stdin'];
    const output = await this.#ask('what commits say', args, `${commits.join('\n')}\n`);
    return output.split('\0').slice(0, commits.length);
  }

  async #mergeBase(one: string, other: string): Promise<string | undefined> {
    const answer = await git(this.#commonDir, ['merge-base', one, other], this.#options);
    return answer.code === 0 ? answer.stdout.trim() : undefined;
  }

  async #difference(from: string, to: string): Promise<string[]> {
    return paths(
      await this.#ask('what a branch changes', ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to]),
    );
  }

  /** What a branch changes against its merge base with base, less what is as base has it now; undefined without one. */
  async #differing(base: string, tip: string): Promise<string[] | undefined> {
    const start = await this.#mergeBase(base, tip);
    if (start === undefined) return undefined;
    const own = await this.#difference(start, tip);
    if (own.length === 0 || start === base) return own;
    const apart = new Set(await this.#difference(base, tip));
    return own.filter((path) => apart.has(path));
  }

  /**
   * The files of each commit; one without any may be missing. Of a merge, what differs from all of its parents: the
   * rest is in the commits that were merged.
   */
  async #changesOf(commits: string[]): Promise<Map<string, string[]>> {
    if (commits.length === 0) return new Map();
    const args = ['diff-tree', '--stdin', '-r', '-c', '--root', '-z', '--name-status', '--no-renames'];
    return parseChanges(await this.#ask('what commits change', args, `${commits.join('\n')}\n`));
  }

  async #ask(what: string, args: string[], input = ''): Promise<string> {
    const answer = await git(this.#commonDir, args, { ...this.#options, input });
    if (answer.code !== 0) throw cannotLook(this.#commonDir, what, answer.stderr);
    return answer.stdout;
  }
}

/** The name of a commit, followed by the status and the path of each of its files, and so on. */
function parseChanges(output: string): Map<string, string[]> {
  const changes = new Map<string, string[]>();
  let files: string[] = [];
  const words = output.split('\0')[Symbol.iterator]();
  for (const word of words) {
    if (STATUS.test(word)) {
      files.push(words.next().value ?? '');
    } else if (word !== '') {
      files = [];
      changes.set(word, files);
    }
  }
  return changes;
}

function paths(output: string): string[] {
  return output.split('\0').filter((path) => path !== '');
}
