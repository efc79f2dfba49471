import { randomBytes } from 'node:crypto';
import { PawError } from '../errors/paw-error.ts';
import type { HelloInput } from '../protocol/requests.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { currentBranch, locate, type RepositoryPlace } from '../repository/locate.ts';
import { processStart } from '../repository/process.ts';
import type { CoordinatorClient } from '../tools/tool.ts';
import { NO_TREE, type Tree, worktreeTree } from '../tools/tree.ts';
import type { AgentOptions } from './options.ts';

/** Length of the random session id before it is encoded, in bytes. */
const SESSION_ID_BYTES = 15;
/** Longest name of a client, and of a client's session, in characters. */
const CLIENT_MAX_CHARS = 256;
/** How long an error waits to learn how much mail there is, in milliseconds. */
const UNREAD_WAIT_MS = 500;

/** What a session needs of the link. */
export interface AgentLink extends CoordinatorClient {
  /** Connects in the background, without saying who this is. */
  warm(): void;
  /** Says who this is. */
  greet(): Promise<void>;
  notify(method: 'bye' | 'unsubscribe', params: object): void;
  close(): Promise<void>;
}

export interface SessionSetup {
  /** The folder the process was started in. */
  folder: string;
  env: NodeJS.ProcessEnv;
  options: AgentOptions;
  /** Makes the link of a repository; nothing is sent yet. `hello` is asked anew for every connection. */
  connect(place: RepositoryPlace, hello: () => Promise<HelloInput>): AgentLink;
}

/** What a tool call works with. */
export interface Workplace {
  link: AgentLink;
  tree: Tree;
}

/**
 * One agent: its repository, its identity and its connection. Exactly one in a process, whatever number of MCP
 * servers the SDK makes in it.
 */
export class AgentSession {
  readonly #setup: SessionSetup;
  readonly #id = randomBytes(SESSION_ID_BYTES).toString('base64url');
  readonly #closing = new AbortController();
  #workplace: Promise<Workplace> | undefined;
  #link: AgentLink | undefined;
  #client: string | undefined;
  #begun = false;

  constructor(setup: SessionSetup) {
    this.#setup = setup;
  }

  /** Finds the repository and connects, in the background: the client is answered meanwhile. */
  open(): void {
    this.workplace().then(({ link }) => link.warm(), ignore);
  }

  /** The client has named itself. */
  meet(client: string): void {
    this.#client = client.slice(0, CLIENT_MAX_CHARS);
  }

  /** The client has really begun, so the coordinator is told who is here. Only the first call has an effect. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    // A failure meets the next call again, which can report it.
    this.workplace()
      .then(({ link }) => link.greet())
      .catch(ignore);
  }

  /**
   * The link and the files of this agent. A failure is not kept: the next call looks again.
   *
   * @throws PawError `environment` if the process is in no repository
   */
  workplace(): Promise<Workplace> {
    this.#workplace ??= this.#settle().catch((error: unknown) => {
      this.#workplace = undefined;
      throw error;
    });
    return this.#workplace;
  }

  /** These batches of mail were read. */
  acknowledge(batches: number[]): void {
    this.#link?.request('ack', { batches }, { signal: this.#closing.signal }).catch(ignore);
  }

  /** The `poll` with this idempotency id was cancelled: what it was handed is unread again. */
  takeBack(call: string): void {
    this.#link?.request('drop', { call }, { signal: this.#closing.signal }).catch(ignore);
  }

  /** How many messages wait, to be said at the end of an error; 0 if that cannot be learned quickly. */
  async unread(error: unknown): Promise<number> {
    const reachable = !(error instanceof PawError) || (error.code !== 'unavailable' && error.code !== 'environment');
    if (!reachable || this.#link === undefined) return 0;
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(UNREAD_WAIT_MS), this.#closing.signal]);
      return (await this.#link.request('inbox', { limit: 1 }, { signal })).unread;
    } catch {
      return 0;
    }
  }

  /** Ends the session in order: what it was handed and has not read goes back at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#link?.notify('bye', {});
    await this.#link?.close();
  }

  async #settle(): Promise<Workplace> {
    const { folder, env, connect } = this.#setup;
    const place = await locate(folder, { env, signal: this.#closing.signal });
    this.#closing.signal.throwIfAborted();
    const link = connect(place, () => this.#hello(place));
    this.#link = link;
    return { link, tree: place.worktree === undefined ? NO_TREE : worktreeTree(place.worktree) };
  }

  async #hello(place: RepositoryPlace): Promise<HelloInput> {
    const { env, options } = this.#setup;
    const branch = await currentBranch(place, { env, signal: this.#closing.signal });
    const started = processStart(process.pid);
    const clientSession = env.CLAUDE_CODE_SESSION_ID?.trim() ?? '';
    return {
      protocol: PROTOCOL_VERSION,
      kind: 'agent',
      session: this.#id,
      pid: process.pid,
      ...options,
      ...(started !== undefined && { pid_started: started }),
      ...(place.worktree !== undefined && { worktree: place.worktree }),
      ...(branch !== undefined && { branch }),
      ...(this.#client !== undefined && { client: this.#client }),
      ...(clientSession !== '' && { client_session: clientSession.slice(0, CLIENT_MAX_CHARS) }),
    };
  }
}

function ignore(): void {}
