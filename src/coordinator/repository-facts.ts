import { PawError } from '../errors/paw-error.ts';
import type { PublishInput } from '../protocol/publish.ts';
import { commitOf, headBranch, listWorktrees } from '../repository/worktrees.ts';
import type { PublishFacts } from '../state/messages/publish.ts';
import { sightWorktrees } from '../state/roster/worktrees.ts';
import type { Engine } from './engine.ts';

/** The base of a repository whose HEAD is on no branch. */
const DEFAULT_BASE = 'main';

/** What git knows and the rules need: asked for before a decision, never during one. */
export class RepositoryFacts {
  /** The repository's common directory. */
  readonly commonDir: string;
  readonly #engine: Engine;
  /** What git is run with. */
  readonly env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal;
  readonly #configuredBase: () => string | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(options: {
    commonDir: string;
    engine: Engine;
    env: NodeJS.ProcessEnv;
    signal: AbortSignal;
    /** `repository.base` of the configuration. */
    configuredBase: () => string | undefined;
  }) {
    this.commonDir = options.commonDir;
    this.#engine = options.engine;
    this.env = options.env;
    this.#signal = options.signal;
    this.#configuredBase = options.configuredBase;
  }

  /** Looks at the worktrees and takes in what has changed; shared by everybody who asks meanwhile. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** What the rules of this message need to know of the repository. */
  async factsFor(input: PublishInput, base: string): Promise<PublishFacts> {
    switch (input.type) {
      case 'artifact':
        return input.commit === undefined ? {} : this.#commit(input.commit);
      case 'verified':
        await this.refresh();
        return input.commit === undefined ? {} : this.#commit(input.commit);
      case 'advanced-main': {
        if (input.commit !== undefined) return this.#commit(input.commit);
        const baseTip = await this.#resolve(input.base ?? base);
        return baseTip === undefined ? {} : { baseTip };
      }
      default:
        return {};
    }
  }

  /** Makes a call again if it named somebody unknown and a look at the worktrees may have found them. */
  async retryOnceIfUnknown<A>(call: () => Promise<A>): Promise<A> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof PawError) || error.code !== 'unknown') throw error;
      await this.refresh();
      return call();
    }
  }

  async #look(): Promise<void> {
    const options = { env: this.env, signal: this.#signal };
    const list = await listWorktrees(this.commonDir, options);
    const configured = this.#configuredBase();
    // Without a configured one it is what the main worktree was on when the repository was first looked at.
    const own = this.#engine.state.ownBase || ((await headBranch(this.commonDir, options)) ?? DEFAULT_BASE);
    const base = configured ?? own;
    await this.#engine.decide((tx) => sightWorktrees(tx, list, base, { own: configured === undefined }));
  }

  async #commit(name: string): Promise<PublishFacts> {
    const commit = await this.#resolve(name);
    return commit === undefined ? {} : { commit };
  }

  #resolve(name: string): Promise<string | undefined> {
    return commitOf(this.commonDir, name, { env: this.env, signal: this.#signal });
  }
}
