import { withoutPart } from '../patterns/regions.ts';
import { watchChanges } from './learning-changes.ts';
import type { Learning } from './learning-events.ts';

/** Which learnings concern which files. */

/** Where learnings are, by path. */
interface PathIndex {
  pending: Set<string>;
  /** The paths of each learning. */
  paths: Map<string, string[]>;
  /** Learnings about exactly this file or folder. */
  at: Map<string, Set<string>>;
  /** Learnings about something below this folder. */
  below: Map<string, Set<string>>;
}

/** The folder that holds everything. */
const ROOT = '.';
/** What being about the very same path counts, beside one for each folder on the way to what is shared. */
const SAME_PATH = 0.5;

const indexes = new WeakMap<ReadonlyMap<string, Learning>, PathIndex>();

/**
 * The learnings that concern one of `paths`: they are about the same file or folder, about one above it, or about
 * something below it. A pattern stands for the folder it begins in.
 * @returns how closely each concerns them, by id: the more the closer.
 */
export function concerned(all: ReadonlyMap<string, Learning>, paths: readonly string[]): Map<string, number> {
  const index = indexOf(all);
  const found = new Map<string, number>();
  const add = (ids: ReadonlySet<string> | undefined, closeness: number): void => {
    for (const id of ids ?? []) found.set(id, Math.max(found.get(id) ?? 0, closeness));
  };
  for (const path of new Set(paths.map(place))) {
    add(index.at.get(path), depth(path) + SAME_PATH);
    add(index.below.get(path), depth(path));
    for (const folder of foldersOf(path)) add(index.at.get(folder), depth(folder));
  }
  return found;
}

/** The paths a learning names, as it names them. */
export function pathsOf(body: Readonly<Record<string, unknown>>): string[] {
  const paths = typeof body.paths === 'string' ? [body.paths] : body.paths;
  return Array.isArray(paths) ? paths.filter((path): path is string => typeof path === 'string') : [];
}

function indexOf(all: ReadonlyMap<string, Learning>): PathIndex {
  const known = indexes.get(all);
  const index = known ?? { pending: watchChanges(all), paths: new Map(), at: new Map(), below: new Map() };
  if (!known) indexes.set(all, index);
  for (const id of index.pending) {
    const learning = all.get(id);
    takeOut(index, id);
    if (learning) enter(index, learning);
  }
  index.pending.clear();
  return index;
}

function enter(index: PathIndex, { id, body }: Learning): void {
  const paths = [...new Set(pathsOf(body).map(place))];
  if (paths.length === 0) return;
  index.paths.set(id, paths);
  for (const path of paths) {
    put(index.at, path, id);
    for (const folder of foldersOf(path)) put(index.below, folder, id);
  }
}

function takeOut(index: PathIndex, id: string): void {
  for (const path of index.paths.get(id) ?? []) {
    drop(index.at, path, id);
    for (const folder of foldersOf(path)) drop(index.below, folder, id);
  }
  index.paths.delete(id);
}

function put(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key);
  if (ids) ids.add(id);
  else map.set(key, new Set([id]));
}

function drop(map: Map<string, Set<string>>, key: string, id: string): void {
  const ids = map.get(key);
  ids?.delete(id);
  if (ids?.size === 0) map.delete(key);
}

/** A path as the index knows it: without a named part, and of a pattern only the folder it begins in. */
function place(path: string): string {
  const segments = withoutPart(path)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  const wild = segments.findIndex((segment) => /[*?{]/.test(segment));
  const literal = wild === -1 ? segments : segments.slice(0, wild);
  return literal.length === 0 ? ROOT : literal.join('/');
}

/** The folders above a path, the root first. */
function foldersOf(path: string): string[] {
  if (path === ROOT) return [];
  const segments = path.split('/');
  return [ROOT, ...segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))];
}

function depth(path: string): number {
  return path === ROOT ? 0 : path.split('/').length;
}
