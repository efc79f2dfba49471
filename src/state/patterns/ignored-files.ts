import { compileGlob } from './glob.ts';
import { globMatches } from './glob-match.ts';
import type { Glob, Step } from './glob-steps.ts';

/** Whether a file is one that never conflicts. @param globs `conflict.ignore` of the configuration */
export function isIgnored(globs: readonly string[], path: string): boolean {
  let union = unions.get(globs);
  if (!union) {
    union = unionOf(globs.map(compileGlob));
    unions.set(globs, union);
  }
  return globMatches(union, path);
}

/** One automaton for all: a path is read once, however many globs there are. */
function unionOf(globs: readonly Glob[]): Glob {
  const starts: number[] = [];
  const steps: Step[] = [{ next: starts }];
  const accepts = globs.reduce((sum, glob) => sum + glob.length, steps.length);
  for (const glob of globs) {
    const offset = steps.length;
    starts.push(offset);
    for (const step of glob) {
      const isLast = steps.length === offset + glob.length - 1;
      steps.push({ ...step, next: isLast ? [accepts] : step.next.map((next) => next + offset) });
    }
  }
  steps.push({ next: [] });
  return steps;
}

const unions = new WeakMap<readonly string[], Glob>();
