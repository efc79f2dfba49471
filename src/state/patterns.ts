import type { Target } from '../protocol/targets.ts';
import { compileGlob, globBase, globFolder, globMatches, globsIntersect } from './glob.ts';

/**
 * Whether some path is in both targets, parts of files left aside. Never a false no; a false yes only
 * between two globs. Paths are compared as they are, upper and lower case apart.
 */
export function overlaps(a: Target, b: Target): boolean {
  const left = literalOf(a);
  const right = literalOf(b);
  if (left !== undefined && right !== undefined) return isWithin(left, right) || isWithin(right, left);
  if (left !== undefined) return meetsLiteral(b.glob ?? b.path, left);
  if (right !== undefined) return meetsLiteral(a.glob ?? a.path, right);
  const [one, other] = [a.glob ?? a.path, b.glob ?? b.path];
  return one === other || globsIntersect(compileGlob(one), compileGlob(other));
}

/** Whether `path`, that of a file, is in `target`. */
export function covers(target: Target, path: string): boolean {
  const literal = literalOf(target);
  if (literal !== undefined) return isWithin(path, literal);
  return globMatches(compileGlob(target.glob ?? target.path), path);
}

/** The folder or file everything in `target` is in or below, as segments. */
export function baseOf(target: Target): string[] {
  const base = literalOf(target) ?? globBase(target.glob ?? target.path);
  return base === ROOT || base === '' ? [] : base.split('/');
}

/** The path that stands for itself and everything below it; a folder with all in it is often written as a glob. */
function literalOf(target: Target): string | undefined {
  return target.glob === undefined ? target.path : globFolder(target.glob);
}

function meetsLiteral(glob: string, path: string): boolean {
  return path === ROOT || globMatches(compileGlob(glob), path, true);
}

function isWithin(path: string, folder: string): boolean {
  return folder === ROOT || path === folder || (path.length > folder.length && path.startsWith(`${folder}/`));
}

const ROOT = '.';
