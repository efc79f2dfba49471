import type { Target } from '../../protocol/targets.ts';
import { compileGlob, globBase, globFolder, globsIntersect } from './glob.ts';
import { globMatches } from './glob-match.ts';

/**
 * Whether some path is in both targets, parts of files left aside. Never a false no; a false yes only
 * between two globs. A literal path that is a file meets a glob only if the glob matches the file itself. Paths
 * are compared as they are, upper and lower case apart.
 */
export function overlaps(a: Target, b: Target): boolean {
  const left = literalOf(a);
  const right = literalOf(b);
  if (left !== undefined && right !== undefined) return isWithin(left, right) || isWithin(right, left);
  if (left !== undefined) return meetsLiteral(b.glob ?? b.path, left, a.file);
  if (right !== undefined) return meetsLiteral(a.glob ?? a.path, right, b.file);
  const [one, other] = [a.glob ?? a.path, b.glob ?? b.path];
  return one === other || globsIntersect(compileGlob(one), compileGlob(other));
}

/** Whether `path`, that of a file, is in `target`. */
export function covers(target: Target, path: string): boolean {
  const literal = literalOf(target);
  if (literal !== undefined) return target.file ? path === literal : isWithin(path, literal);
  return globMatches(compileGlob(target.glob ?? target.path), path);
}

/** The folder or file everything in `target` is in or below, as segments. */
export function baseOf(target: Target): string[] {
  const base = literalOf(target) ?? globBase(target.glob ?? target.path);
  return base === ROOT || base === '' ? [] : base.split('/');
}

/** Whether a target holds everything that is below the folder or file it begins at. */
export function holdsAllBelow(target: Target): boolean {
  return literalOf(target) !== undefined && !target.file;
}

/** The path that stands for itself and everything below it; a folder with all in it is often written as a glob. */
function literalOf(target: Target): string | undefined {
  if (target.glob === undefined) return target.path;
  const folder = globFolder(target.glob);
  return folder === '' ? ROOT : folder;
}

function meetsLiteral(glob: string, path: string, isFile?: boolean): boolean {
  return path === ROOT || globMatches(compileGlob(glob), path, !isFile);
}

function isWithin(path: string, folder: string): boolean {
  return folder === ROOT || path === folder || (path.length > folder.length && path.startsWith(`${folder}/`));
}

const ROOT = '.';
