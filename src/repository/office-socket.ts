import { readdirSync, readFileSync } from 'node:fs';
import type { Holder } from './election.ts';
import { electionFile, electionNumber } from './layout.ts';

/**
 * Where the coordinator in office listens, for a hook, which loads nothing it can do without: `readHighest` of the
 * election checks the whole file. Undefined if nobody is in office, or that cannot be read now.
 */
export function officeSocket(stateDir: string): string | undefined {
  try {
    const n = Math.max(...readdirSync(stateDir).map((name) => electionNumber(name) ?? 0));
    if (n < 1) return undefined;
    const { socket, stopped } = JSON.parse(readFileSync(electionFile(stateDir, n), 'utf8')) as Partial<Holder>;
    return typeof socket === 'string' && stopped !== true ? socket : undefined;
  } catch {
    return undefined;
  }
}
