import type { CallName } from '../errors/input.ts';
import { type FieldName, impossiblePath, outsideWorktree, wrongValue } from '../errors/input.ts';
import { PATH_MAX_CHARS } from '../protocol/limits.ts';
import type { Target } from '../protocol/targets.ts';
import { escapeLiteral, escapePattern, hasBrackets, isPatternSegment, looksLikeGlob } from './glob.ts';
import type { Tree } from './tree.ts';

/** Where a path was written, for the error that names it. */
export interface Place {
  call: CallName;
  field: FieldName;
}

/** What a path without a part stands for. */
export type Location = Pick<Target, 'path' | 'glob' | 'file'>;

/**
 * Turns a path as a model wrote it into the one all agents share: from the root of the repository, links
 * followed, upper and lower case as on disk. It is literal if it has none of `*`, `?`, `{` or exists as it is
 * written; otherwise it is a pattern, in which the folders before the first wildcard are resolved likewise.
 *
 * @throws PawError if it is outside the worktree, has a NUL character, or is too long
 */
export function locate(written: string, tree: Tree, place: Place): Location {
  if (written.includes('\0')) throw impossiblePath(place.call, place.field);
  if (written.length > PATH_MAX_CHARS) {
    throw wrongValue(place.call, place.field, `a path of at most ${PATH_MAX_CHARS} characters`, written);
  }
  const path = tree.backslashes ? written.replaceAll('\\', '/') : written;
  const outside = () => outsideWorktree(place.call, place.field, written, tree.root);

  const { start, segments } = fromRoot(path, tree, outside);
  const isLiteral = !looksLikeGlob(path) || tree.exists(join(start, segments));
  const literal = isLiteral ? segments.length : literalLength(start, segments, tree);
  const real = tree.real(join(start, segments.slice(0, literal)));
  if (real === undefined) throw outside();
  if (isLiteral) return { path: real === '' ? '.' : real, ...(tree.isFile(real) && { file: true }) };

  const rest = segments.slice(literal).join('/');
  const prefix = real === '' ? '' : `${real}/`;
  // A `!` is a negation only where the pattern begins.
  const pattern = prefix === '' ? escapePattern(rest) : escapeLiteral(prefix) + escapePattern(`/${rest}`).slice(1);
  return { path: prefix + rest, glob: pattern };
}

/**
 * The path cut into segments, without `.`, `..` and empty ones. `start` is empty if they begin at the root of
 * the worktree; it is `/` if they begin at the root of the file system, under another name of the worktree.
 */
function fromRoot(path: string, tree: Tree, outside: () => Error): { start: string; segments: string[] } {
  const root = tree.root === undefined ? undefined : fold([], slashes(tree.root, tree));
  const absolute = path.startsWith('/') || (tree.backslashes && /^[a-z]:\//i.test(path));
  const segments = fold(absolute ? [] : (root ?? []), path);
  if (segments === undefined || (absolute && root === undefined)) throw outside();
  if (root === undefined) return { start: '', segments };
  if (root.every((name, i) => sameName(name, segments[i], tree))) {
    return { start: '', segments: segments.slice(root.length) };
  }
  // Only an absolute path can be a second name of a place inside: through a link to the worktree.
  if (!absolute) throw outside();
  return { start: '/', segments };
}

function fold(base: readonly string[], path: string): string[] | undefined {
  const segments = [...base];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments;
}

/** How many leading segments of a pattern are names. Brackets are a name if a file or folder is called so. */
function literalLength(start: string, segments: readonly string[], tree: Tree): number {
  const first = segments.findIndex(
    (segment, i) =>
      (isPatternSegment(segment) || hasBrackets(segment)) &&
      !isNamed(segment, join(start, segments.slice(0, i + 1)), tree),
  );
  return first === -1 ? segments.length : first;
}

function isNamed(segment: string, path: string, tree: Tree): boolean {
  return hasBrackets(segment) && tree.exists(path);
}

function sameName(a: string, b: string | undefined, tree: Tree): boolean {
  return a === b || (tree.backslashes && a.toLowerCase() === b?.toLowerCase());
}

function join(start: string, segments: readonly string[]): string {
  const text = segments.join('/');
  return start === '/' && !/^[a-z]:/i.test(text) ? `/${text}` : text;
}

function slashes(path: string, tree: Tree): string {
  return tree.backslashes ? path.replaceAll('\\', '/') : path;
}
