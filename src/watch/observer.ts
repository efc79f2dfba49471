import { existsSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { cannotLook, eventsUnavailable } from '../errors/watch.ts';
import type { GitOptions } from '../repository/git.ts';
import { gitDirOf, listWorktrees } from '../repository/worktrees.ts';
import { readCommonEvents, UNWATCHED_PARTS } from './common-events.ts';
import type { Fact, KnownTip, WatchedWorktree } from './facts.ts';
import { type EventSource, FolderWatch } from './folder-events.ts';
import { History } from './history.ts';
import { type Base, describeMove } from './moves.ts';
import { Pace } from './pace.ts';
import { Slots } from './slots.ts';
import type { Status } from './status.ts';
import { Tips } from './tips.ts';
import { WorktreeWatch } from './worktree-watch.ts';

/** Changes of branches that belong together are looked at together: after a pause this long, at most that long. */
const SETTLE_MS = 50;
const SETTLE_MAX_MS = 200;
/** Shortest time from the start of one look at the branches to the next, in milliseconds. */
const GAP_MS = 250;
/** How often they are looked at where the system reports no changes, and where it does, in milliseconds. */
const POLL_MS = 1000;
const SAFETY_MS = 30_000;
/** Looks nobody asked for take at most one part in so many of the time. */
const IDLE_SHARE = 20;
/** Worktrees whose files are looked at at the same time: each look keeps a core or two busy. */
const STATUSES_AT_ONCE = 2;

export interface ObserverOptions {
  /** The git common directory, absolute and without links. */
  commonDir: string;
  /** The base branch. */
  base: string;
  known: readonly KnownTip[];
  git: GitOptions & { signal: AbortSignal };
  /** What reports changes, or why there is nothing that does: everything is looked at from time to time then. */
  source: EventSource;
  tell: (fact: Fact) => void;
}

/** Watches the branches and worktrees of one repository, and has the files of each worktree watched. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #history: History;
  readonly #tips: Tips;
  readonly #pace: Pace;
  readonly #events: FolderWatch;
  readonly #slots = new Slots(STATUSES_AT_ONCE);
  readonly #watches = new Map<string, WorktreeWatch>();
  readonly #ending = new Set<Promise<void>>();
  /** What was last computed and told of each worktree's branch: for which commits, and the files. */
  readonly #branchFiles = new Map<string, { commits: string; files: string }>();
  #base: string;
  #list: readonly WatchedWorktree[] = [];
  #toldList: string | undefined;
  #polling = false;
  #watched = false;
  #problems = new Set<string>();

  constructor(options: ObserverOptions) {
    this.#options = options;
    const { commonDir, base, known, git, source } = options;
    this.#base = base;
    this.#history = new History(commonDir, git);
    this.#tips = new Tips(known);
    this.#pace = new Pace(() => this.#lookAtBranches(), {
      settleMs: SETTLE_MS,
      settleMaxMs: SETTLE_MAX_MS,
      gapMs: (took) => Math.max(0, GAP_MS - took),
      idleMs: (took) => Math.max(this.#polling ? POLL_MS : SAFETY_MS, IDLE_SHARE * took),
    });
    this.#events = new FolderWatch(source, commonDir, {
      onEvents: ({ paths }) => this.#onEvents(paths),
      onError: (error) => this.#poll(error),
    });
  }

  /** Another branch is the base now. */
  setBase(branch: string): void {
    this.#base = branch;
    this.#pace.ask();
  }

  /** Looks now, at one worktree or at all; resolves when everything found has been told. Never rejects. */
  async look(worktree?: string): Promise<void> {
    await this.#pace.now();
    const watches = [...this.#watches].filter(([path]) => worktree === undefined || path === worktree);
    await Promise.all(watches.map(([, watch]) => watch.now()));
  }

  /** Stops; resolves when nothing runs any more. The signal of the options must be aborted before. */
  async close(): Promise<void> {
    await this.#pace.close();
    for (const path of [...this.#watches.keys()]) this.#drop(path);
    this.#events.close();
    await Promise.all(this.#ending);
  }

  #onEvents(paths: readonly string[]): void {
    const { repository, indexes, rules } = readCommonEvents(paths);
    if (repository || this.#events.stale) this.#pace.ask();
    for (const watch of this.#watches.values()) {
      const gitDir = relative(this.#options.commonDir, watch.gitDir).split(sep).join('/');
      if (rules || indexes.has(gitDir)) watch.askAnew();
    }
  }

  /** Never throws. */
  async #lookAtBranches(): Promise<void> {
    const { commonDir, git } = this.#options;
    try {
      await this.#watchCommonDir();
      // Branches first: a commit between the two readings then still is a move of a tip that was known before.
      const branches = await this.#history.branches();
      const list = await this.#worktrees(branches);
      this.#tellWorktrees(list);
      const tip = branches.get(this.#base);
      const base: Base = { branch: this.#base, ...(tip !== undefined && { tip }) };
      const settled = await Promise.all(list.map((worktree) => this.#follow(worktree, base)));
      for (const [index, { branch, head }] of list.entries()) {
        if (branch === undefined || head === undefined) continue;
        // What could not be told must be found again.
        if (settled[index]) branches.set(branch, head);
        else branches.delete(branch);
      }
      this.#tips.finish(list, branches);
      await this.#updateWatches(list);
      this.#problems.delete(commonDir);
    } catch (error) {
      if (git.signal.aborted) return;
      // The coordinator notices by itself that its repository is gone.
      if (existsSync(commonDir)) this.#problem(commonDir, 'its branches and worktrees', error);
    }
  }

  async #watchCommonDir(): Promise<void> {
    if (this.#polling || (this.#watched && !this.#events.stale)) return;
    const { commonDir } = this.#options;
    const inside = this.#list.map(({ path }) => relative(commonDir, path)).filter((path) => /^[^.]/.test(path));
    try {
      await this.#events.open([...UNWATCHED_PARTS, ...inside]);
      this.#watched = true;
    } catch (error) {
      this.#poll(error);
    }
  }

  async #worktrees(branches: ReadonlyMap<string, string>): Promise<readonly WatchedWorktree[]> {
    const { commonDir, git } = this.#options;
    const list = await listWorktrees(commonDir, git);
    this.#list = list.map((worktree) => {
      const tip = worktree.branch === undefined ? undefined : branches.get(worktree.branch);
      return worktree.rebasing && tip !== undefined ? { ...worktree, head: tip } : worktree;
    });
    return this.#list;
  }

  #tellWorktrees(list: readonly WatchedWorktree[]): void {
    const key = JSON.stringify(list.map(({ path, branch, rebasing }) => [path, branch, rebasing]));
    if (key === this.#toldList) return;
    this.#toldList = key;
    this.#options.tell({ kind: 'worktrees', worktrees: [...list] });
  }

  /** Tells what became of a worktree's tip; false if that must be tried again. Never throws. */
  async #follow(worktree: WatchedWorktree, base: Base): Promise<boolean> {
    const { path, branch, head, rebasing } = worktree;
    // A rebase without a branch has no tip to follow until it is over.
    if (rebasing && branch === undefined) return true;
    const { git, tell } = this.#options;
    try {
      const change = this.#tips.change(worktree);
      const fact = change && (await describeMove(this.#history, worktree, change, base));
      if (git.signal.aborted) return false;
      if (fact) tell(fact);
      if (head !== this.#tips.placeOf(path)?.tip) this.#watches.get(path)?.ask();
      this.#tips.settle(worktree);
      await this.#followFiles(worktree, base);
      this.#problems.delete(path);
      return true;
    } catch (error) {
      if (!git.signal.aborted && existsSync(path)) this.#problem(path, 'what its branch has gained', error);
      return false;
    }
  }

  async #followFiles({ path, branch, head }: WatchedWorktree, base: Base): Promise<void> {
    const before = this.#branchFiles.get(path);
    const lower = branch === base.branch ? undefined : base.tip;
    const commits = `${lower} ${head}`;
    if (before?.commits === commits) return;
    const none = lower === undefined || head === undefined || lower === head;
    const list = none ? { files: [] } : await this.#history.changedSince(lower, head);
    const files = list.files.join('\0');
    this.#branchFiles.set(path, { commits, files });
    // At first also that there are none: an earlier run may have told of some.
    if (files !== before?.files) this.#options.tell({ kind: 'branchFiles', worktree: path, ...list });
  }

  async #updateWatches(list: readonly WatchedWorktree[]): Promise<void> {
    const { git, source, tell } = this.#options;
    const paths = list.map(({ path }) => path);
    for (const path of this.#watches.keys()) if (!paths.includes(path)) this.#drop(path);
    for (const path of paths) {
      if (this.#watches.has(path)) continue;
      const gitDir = await gitDirOf(path);
      const agree = (status: Status): Promise<boolean> => this.#agree(path, status);
      const onGone = (): void => this.#pace.ask();
      const watch = new WorktreeWatch({ path, gitDir, source, slots: this.#slots, git, tell, agree, onGone });
      this.#watches.set(path, watch);
      void watch.now();
    }
    for (const watch of this.#watches.values()) watch.setWorktrees(paths);
  }

  /** Tells of a commit before the files that it made clean. */
  async #agree(path: string, status: Status): Promise<boolean> {
    if (this.#isAsSeen(path, status)) return true;
    await this.#pace.now();
    return this.#isAsSeen(path, status);
  }

  #isAsSeen(path: string, { branch, head }: Status): boolean {
    const worktree = this.#list.find((one) => one.path === path);
    if (worktree === undefined || worktree.rebasing) return true;
    return worktree.branch === branch && worktree.head === head;
  }

  /** Ends the watching of a worktree; a look under way may wait for this very look, so it is not waited for. */
  #drop(path: string): void {
    const ended = this.#watches.get(path)?.close();
    this.#watches.delete(path);
    this.#branchFiles.delete(path);
    this.#problems.delete(path);
    if (ended === undefined) return;
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended));
  }

  #poll(cause: unknown): void {
    this.#polling = true;
    const message = `${this.#options.commonDir} is looked at every ${POLL_MS} ms, because ${eventsUnavailable(cause)}`;
    this.#options.tell({ kind: 'problem', message });
    this.#events.close();
    this.#pace.ask();
  }

  #problem(folder: string, what: string, error: unknown): void {
    if (this.#problems.has(folder)) return;
    this.#problems.add(folder);
    const worktree = folder === this.#options.commonDir ? {} : { worktree: folder };
    this.#options.tell({ kind: 'problem', ...worktree, message: cannotLook(folder, what, error).message });
  }
}
