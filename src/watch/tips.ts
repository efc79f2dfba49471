import type { KnownTip, WatchedWorktree } from './facts.ts';

/** What has become of a worktree's tip since the last look. */
export type TipChange =
  /** The tip of its branch has moved. `from` is absent for a branch's first commit. */
  | { kind: 'moved'; from?: string }
  /** Seen for the first time, and it was there before. */
  | { kind: 'firstSight' }
  /** It has come while we watch. `from` is the last tip of its branch that was told of. */
  | { kind: 'appeared'; from?: string }
  /** It is on another branch, or detached: a move only if the commit was made since `since`. */
  | { kind: 'elsewhere'; since?: string };

interface Place {
  branch?: string;
  tip: string;
}

/**
 * Remembers where every worktree and branch was, and tells moves of a tip from mere changes of branch. What is
 * not settled is told again at the next look.
 */
export class Tips {
  readonly #known: readonly KnownTip[];
  /** Where each worktree was when it was last looked at; `undefined` for one without a commit. */
  readonly #places = new Map<string, Place | undefined>();
  /** Tips of branches that are or were checked out, as last told. */
  readonly #told = new Map<string, string>();
  /** Tips of all local branches at the last look. */
  #branches: ReadonlyMap<string, string> = new Map();
  #begun = false;

  /** @param known tips told of before */
  constructor(known: readonly KnownTip[]) {
    this.#known = known;
    for (const { branch, tip } of known) if (branch !== undefined) this.#told.set(branch, tip);
  }

  /** What has become of it; undefined if nothing that matters. */
  change({ path, branch, head }: WatchedWorktree): TipChange | undefined {
    if (head === undefined) return undefined;
    if (!this.#places.has(path)) return this.#begun ? this.#came(branch, head) : this.#found(path, branch, head);
    const before = this.#places.get(path);
    if (before === undefined || before.branch === branch) {
      if (before?.tip === head) return undefined;
      return branch === undefined ? elsewhere(before?.tip) : moved(before?.tip);
    }
    return this.#switched(before, branch, head);
  }

  /** Where the worktree was at the last look. */
  placeOf(path: string): Readonly<Place> | undefined {
    return this.#places.get(path);
  }

  /** What became of this worktree has been told. */
  settle({ path, branch, head }: WatchedWorktree): void {
    this.#places.set(path, head === undefined ? undefined : { tip: head, ...(branch !== undefined && { branch }) });
    if (branch !== undefined && head !== undefined) this.#told.set(branch, head);
  }

  /**
   * Ends a look: forgets worktrees and branches that are gone.
   *
   * @param branches tips of all local branches, read before the worktrees were listed
   */
  finish(list: readonly WatchedWorktree[], branches: ReadonlyMap<string, string>): void {
    this.#begun = true;
    const present = new Set(list.map(({ path }) => path));
    for (const path of this.#places.keys()) if (!present.has(path)) this.#places.delete(path);
    const checkedOut = new Set(list.map(({ branch }) => branch));
    for (const branch of this.#told.keys())
      if (!branches.has(branch) && !checkedOut.has(branch)) this.#told.delete(branch);
    this.#branches = branches;
  }

  /** At the first look of this run: against what earlier runs have told. */
  #found(path: string, branch: string | undefined, head: string): TipChange | undefined {
    const known = this.#known.find((tip) => tip.worktree === path && tip.branch === branch);
    const before = known?.tip ?? (branch === undefined ? undefined : this.#told.get(branch));
    if (before === undefined) return { kind: 'firstSight' };
    if (before === head) return undefined;
    return branch === undefined ? elsewhere(before) : moved(before);
  }

  #came(branch: string | undefined, head: string): TipChange {
    if (branch === undefined) {
      return [...this.#told.values()].includes(head) ? { kind: 'firstSight' } : { kind: 'appeared' };
    }
    const before = this.#told.get(branch);
    if (before === head) return { kind: 'firstSight' };
    return { kind: 'appeared', ...(before !== undefined && { from: before }) };
  }

  #switched(before: Place, branch: string | undefined, head: string): TipChange | undefined {
    if (branch === undefined) return elsewhere(before.tip);
    const tip = this.#told.get(branch) ?? this.#branches.get(branch);
    if (tip === undefined) return elsewhere(before.tip);
    return tip === head ? undefined : moved(tip);
  }
}

function moved(from: string | undefined): TipChange {
  return { kind: 'moved', ...(from !== undefined && { from }) };
}

function elsewhere(since: string | undefined): TipChange {
  return { kind: 'elsewhere', ...(since !== undefined && { since }) };
}
