import { baseOf, holdsAllBelow } from '../patterns/patterns.ts';
import type { Claimable } from './claim-events.ts';
import { keyOf, thingsOverlap } from './things.ts';

/**
 * Things by what they could overlap with. Paths rest in a tree of segments: a literal path at its own node, a
 * glob at the folder it begins in. Whatever overlaps a target then rests on the way to its node or below it.
 * Every thing has an owner, and one owner can have several; owners come in groups, so that a search that wants
 * one of each group can pass over the rest unseen.
 */
export class ThingIndex {
  readonly #root: Node = {};
  readonly #others = new Map<string, Entry[]>();

  add(owner: string, thing: Claimable, group: string = owner): void {
    const entry = { owner, group, thing };
    if (thing.on !== 'path') {
      const entries = this.#others.get(keyOf(thing));
      if (entries) entries.push(entry);
      else this.#others.set(keyOf(thing), [entry]);
      return;
    }
    let node = this.#root;
    for (const segment of baseOf(thing.target)) {
      node.children ??= new Map();
      let child = node.children.get(segment);
      if (!child) {
        child = {};
        node.children.set(segment, child);
      }
      node = child;
    }
    if (node.here) node.here.push(entry);
    else node.here = [entry];
  }

  /** Takes out every thing of `owner` that rests where `thing` does. */
  remove(owner: string, thing: Claimable): void {
    if (thing.on !== 'path') {
      const left = without(this.#others.get(keyOf(thing)), owner);
      if (left) this.#others.set(keyOf(thing), left);
      else this.#others.delete(keyOf(thing));
      return;
    }
    const way: { node: Node; segment: string }[] = [];
    let node: Node | undefined = this.#root;
    for (const segment of baseOf(thing.target)) {
      way.push({ node, segment });
      node = node.children?.get(segment);
      if (!node) return;
    }
    node.here = without(node.here, owner);
    for (let last = way.pop(); last; last = way.pop()) {
      const child = last.node.children?.get(last.segment);
      if (!child || child.here || child.children) return;
      last.node.children?.delete(last.segment);
      if (last.node.children?.size === 0) last.node.children = undefined;
    }
  }

  /** Calls `found` with the owner of each thing that overlaps `thing`, once for each such thing. */
  overlapping(thing: Claimable, found: (owner: string, other: Claimable) => void): void {
    this.search(thing, (owner, other) => {
      found(owner, other);
      return false;
    });
  }

  /**
   * As `overlapping`, until `found` returns true. Things of groups that are not `wanted` are passed over.
   * @returns whether it did.
   */
  search(
    thing: Claimable,
    found: (owner: string, other: Claimable) => boolean,
    wanted: (group: string) => boolean = () => true,
  ): boolean {
    if (thing.on !== 'path')
      return (this.#others.get(keyOf(thing)) ?? []).some(({ owner, group }) => wanted(group) && found(owner, thing));
    const tested = ({ owner, group, thing: other }: Entry): boolean =>
      wanted(group) && thingsOverlap(thing, other) && found(owner, other);
    const surely = ({ owner, group, thing: other }: Entry): boolean => wanted(group) && found(owner, other);
    let node: Node | undefined = this.#root;
    for (const segment of baseOf(thing.target)) {
      if (node.here?.some(tested)) return true;
      node = node.children?.get(segment);
      if (!node) return false;
    }
    const isWhole = thing.target.region === undefined && holdsAllBelow(thing.target);
    const below = [node];
    for (let next = below.pop(); next; next = below.pop()) {
      if (next.here?.some(isWhole ? surely : tested)) return true;
      if (next.children) for (const child of next.children.values()) below.push(child);
    }
    return false;
  }
}

interface Entry {
  owner: string;
  group: string;
  thing: Claimable;
}

interface Node {
  children?: Map<string, Node> | undefined;
  here?: Entry[] | undefined;
}

function without(entries: readonly Entry[] | undefined, owner: string): Entry[] | undefined {
  const left = entries?.filter((entry) => entry.owner !== owner);
  return left && left.length > 0 ? left : undefined;
}
