import type { Claimable } from './claim-events.ts';
import { baseOf } from './patterns.ts';
import { keyOf, thingsOverlap } from './things.ts';

/**
 * Things by what they could overlap with. Paths rest in a tree of segments: a literal path at its own node, a
 * glob at the folder it begins in. Whatever overlaps a target then rests on the way to its node or below it.
 * Every thing has an owner; one owner can have several.
 */
export class ThingIndex {
  readonly #root: Node = createNode();
  readonly #others = new Map<string, Set<string>>();

  add(owner: string, thing: Claimable): void {
    if (thing.on !== 'path') {
      const owners = this.#others.get(keyOf(thing)) ?? new Set();
      this.#others.set(keyOf(thing), owners.add(owner));
      return;
    }
    let node = this.#root;
    for (const segment of baseOf(thing.target)) {
      let child = node.children.get(segment);
      if (!child) {
        child = createNode();
        node.children.set(segment, child);
      }
      node = child;
    }
    const things = node.here.get(owner);
    if (things) things.push(thing);
    else node.here.set(owner, [thing]);
  }

  /** Takes out every thing of `owner` that rests where `thing` does. */
  remove(owner: string, thing: Claimable): void {
    if (thing.on !== 'path') {
      const owners = this.#others.get(keyOf(thing));
      owners?.delete(owner);
      if (owners?.size === 0) this.#others.delete(keyOf(thing));
      return;
    }
    const way: { node: Node; segment: string }[] = [];
    let node: Node | undefined = this.#root;
    for (const segment of baseOf(thing.target)) {
      way.push({ node, segment });
      node = node.children.get(segment);
      if (!node) return;
    }
    node.here.delete(owner);
    for (let last = way.pop(); last; last = way.pop()) {
      const child = last.node.children.get(last.segment);
      if (!child || child.here.size > 0 || child.children.size > 0) return;
      last.node.children.delete(last.segment);
    }
  }

  /** Calls `found` with the owner of each thing that overlaps `thing`, once for each such thing. */
  overlapping(thing: Claimable, found: (owner: string, other: Claimable) => void): void {
    if (thing.on !== 'path') {
      for (const owner of this.#others.get(keyOf(thing)) ?? []) found(owner, thing);
      return;
    }
    const check = (node: Node): void => {
      for (const [owner, things] of node.here)
        for (const other of things) if (thingsOverlap(thing, other)) found(owner, other);
    };
    let node: Node | undefined = this.#root;
    for (const segment of baseOf(thing.target)) {
      check(node);
      node = node.children.get(segment);
      if (!node) return;
    }
    const below = [node];
    for (let next = below.pop(); next; next = below.pop()) {
      check(next);
      below.push(...next.children.values());
    }
  }
}

interface Node {
  children: Map<string, Node>;
  here: Map<string, Claimable[]>;
}

function createNode(): Node {
  return { children: new Map(), here: new Map() };
}
