import type { Desk } from '../../src/coordinator/desk.ts';
import { Engine, type EngineOptions } from '../../src/coordinator/engine.ts';
import { Followers } from '../../src/coordinator/followers.ts';
import { RepositoryFacts } from '../../src/coordinator/repository-facts.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { createState } from '../../src/state/state.ts';

/* A coordinator without a disk and without a repository. */

/** An engine whose journal keeps nothing and never fails. */
export function memoryEngine(options: Partial<EngineOptions> = {}): Engine {
  return new Engine({
    state: createState(),
    journal: {
      failure: undefined,
      durable: 0,
      append: () => 'ok',
      synced: async () => {},
      written: async () => {},
      flush: async () => {},
      reopen: () => {},
    },
    reload: createState,
    config: DEFAULT_CONFIG,
    origin: 'test',
    ...options,
  });
}

/** What the methods work with; `closing` is aborted when the coordinator is to stop. */
export function deskOf(engine: Engine, closing: AbortSignal): Desk {
  const configuredBase = (): string => 'main';
  return {
    engine,
    repository: new RepositoryFacts({ commonDir: '/nowhere', engine, env: {}, signal: closing, configuredBase }),
    startedAt: performance.now(),
    closing,
    followers: new Followers(engine),
    underWay: new Set(),
    look: async () => undefined,
  };
}
