import type { Peer } from '../link/serve.ts';
import { SECOND_MS } from '../state/time.ts';

/** How long a coordinator waits for its first connection at least, in seconds: whoever started it is on its way. */
const FIRST_CLIENT_SECONDS = 10;

/** Decides when a coordinator ends: when it is told to, or when nobody has been connected for a while. */
export class Life {
  /** The connections that are open. */
  readonly peers = new Set<Peer>();
  /** Resolves once the coordinator is to stop. */
  readonly stopped: Promise<void>;
  readonly #idleSeconds: () => number;
  #keep: boolean;
  #stopping = false;
  #met = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #resolveStopped: () => void = () => undefined;

  constructor({ keep, idleSeconds }: { keep: boolean; idleSeconds: () => number }) {
    this.#keep = keep;
    this.#idleSeconds = idleSeconds;
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
    this.#idle();
  }

  /** Whether it is about to end: no new calls are taken then. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Counts a connection for as long as it is open. */
  met(peer: Peer): void {
    this.peers.add(peer);
    this.#met = true;
    clearTimeout(this.#idleTimer);
    void peer.closed.then(() => {
      this.peers.delete(peer);
      this.#idle();
    });
  }

  /** Makes it stay when nobody is connected any more. */
  keep(): void {
    this.#keep = true;
    clearTimeout(this.#idleTimer);
  }

  stop(): void {
    this.#stopping = true;
    clearTimeout(this.#idleTimer);
    this.#resolveStopped();
  }

  #idle(): void {
    if (this.#keep || this.#stopping || this.peers.size > 0) return;
    clearTimeout(this.#idleTimer);
    const seconds = this.#met ? this.#idleSeconds() : Math.max(FIRST_CLIENT_SECONDS, this.#idleSeconds());
    this.#idleTimer = setTimeout(() => this.stop(), seconds * SECOND_MS);
  }
}
