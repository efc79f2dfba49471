import type { Engine } from './engine.ts';
import type { Followers } from './followers.ts';
import type { RepositoryFacts } from './repository-facts.ts';

/** What the methods work with. */
export interface Desk {
  engine: Engine;
  repository: RepositoryFacts;
  /** When the coordinator started, on the clock of `performance.now()`. */
  startedAt: number;
  /** Aborted when the coordinator stops: whoever waits is answered with what there is. */
  closing: AbortSignal;
  /** Has a worktree looked at now, so that the state knows its files as they are. */
  look(worktree: string | undefined): Promise<void>;
  /** Who is told of changes. */
  followers: Followers;
  /** Calls that are being answered. */
  underWay: Set<Promise<unknown>>;
}

/** Who is at the other end of a connection, once it has said hello. */
export interface Party {
  kind: 'agent' | 'person' | 'hook' | 'worker';
  agent: string;
  session: string;
}
