import type { Peer } from '../link/serve.ts';
import { CHANGED, type Changed, type View } from '../protocol/views.ts';
import { viewsChangedBy } from '../state/view-changes.ts';
import type { Engine } from './engine.ts';

/** How often a follower is told of changes at most, in milliseconds. */
const CHANGED_EVERY_MS = 50;

type Follower = Pick<Peer, 'closed' | 'notify'>;

interface Followed {
  views: Set<View>;
  /** Views that have changed since the follower was last told. */
  due: Set<View>;
  timer?: NodeJS.Timeout | undefined;
}

/**
 * Tells connections that a view they follow has changed: soon, not too often, and for as long as they are connected.
 * While nobody follows anything, nothing is looked at.
 */
export class Followers {
  readonly #engine: Pick<Engine, 'state' | 'onRecord'>;
  readonly #followers = new Map<Follower, Followed>();
  #stopListening: (() => void) | undefined;

  constructor(engine: Pick<Engine, 'state' | 'onRecord'>) {
    this.#engine = engine;
  }

  /** Tells `peer` of changes to `view` from now on. */
  add(peer: Follower, view: View): void {
    const followed = this.#followers.get(peer);
    if (followed) {
      followed.views.add(view);
      return;
    }
    this.#followers.set(peer, { views: new Set([view]), due: new Set() });
    this.#stopListening ??= this.#engine.onRecord(({ events }) => this.changed(viewsChangedBy(events)));
    void peer.closed.then(() => this.#forget(peer));
  }

  /** Tells `peer` no more of changes to `view`. */
  remove(peer: Follower, view: View): void {
    const followed = this.#followers.get(peer);
    if (!followed) return;
    followed.views.delete(view);
    followed.due.delete(view);
    if (followed.views.size === 0) this.#forget(peer);
  }

  /** Notes a change, also one that no record tells of. */
  changed(views: Iterable<View>): void {
    const changed = [...views];
    if (changed.length === 0) return;
    for (const [peer, followed] of this.#followers) {
      for (const view of changed) if (followed.views.has(view)) followed.due.add(view);
      if (followed.due.size > 0) followed.timer ??= setTimeout(() => this.#tell(peer, followed), CHANGED_EVERY_MS);
    }
  }

  #tell(peer: Follower, followed: Followed): void {
    followed.timer = undefined;
    if (followed.due.size === 0) return;
    const told: Changed = { seq: this.#engine.state.seq, views: [...followed.due] };
    followed.due.clear();
    peer.notify(CHANGED, told);
  }

  #forget(peer: Follower): void {
    clearTimeout(this.#followers.get(peer)?.timer);
    this.#followers.delete(peer);
    if (this.#followers.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }
}
