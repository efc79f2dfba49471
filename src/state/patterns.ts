import type { Target } from '../protocol/targets.ts';
import { compileGlob, globBase, globMatches, globsIntersect } from './glob.ts';

/**
 * Whether some path is in both targets, parts of files left aside. Never a false no; a false yes only
 * between two globs. Paths are compared as they are, upper and lower case apart.
 */
export function overlaps(a: Target, b: Target): boolean {
  if (a.glob === undefined && b.glob === undefined) return isWithin(a.path, b.path) || isWithin(b.path, a.path);
  if (a.glob === undefined) return meetsLiteral(b.glob ?? '', a.path);
  if (b.glob === undefined) return meetsLiteral(a.glob, b.path);
  return a.glob === b.glob || globsIntersect(compileGlob(a.glob), compileGlob(b.glob));
}

/** Whether `path`, that of a file, is in `target`. */
export function covers(target: Target, path: string): boolean {
  if (target.glob === undefined) return isWithin(path, target.path);
  return globMatches(compileGlob(target.glob), path);
}

/** The folder or file everything in `target` is in or below, as segments. */
export function baseOf(target: Target): string[] {
  const base = target.glob === undefined ? target.path : globBase(target.glob);
  return base === ROOT || base === '' ? [] : base.split('/');
}

function meetsLiteral(glob: string, path: string): boolean {
  return path === ROOT || globMatches(compileGlob(glob), path, true);
}

function isWithin(path: string, folder: string): boolean {
  return folder === ROOT || path === folder || (path.length > folder.length && path.startsWith(`${folder}/`));
}

const ROOT = '.';
