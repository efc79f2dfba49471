import type { Transaction } from '../transaction.ts';
import { wordFor } from './find-file-conflicts.ts';

/** Has the conflicts on record stand for the same sides as before, after a worktree was moved to another path. */
export function followWorktree(tx: Transaction, from: string, to: string): void {
  const before = wordFor(from);
  for (const conflict of [...tx.state.conflicts.values()]) {
    if (conflict.shape === 'forward' || !conflict.basis.includes(before)) continue;
    const words = conflict.basis.split(' ').map((word) => word.replace(before, wordFor(to)));
    tx.emit({ kind: 'conflict', conflict: { ...conflict, basis: words.sort().join(' ') } });
  }
}
