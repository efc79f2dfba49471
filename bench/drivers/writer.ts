import { burst } from '../lib/large-repository.ts';

/** Writes to many files of the worktrees it is given, each time it is told to, and says when that is done. */
const worktrees = process.argv.slice(2);

process.on('message', () => {
  void Promise.all(worktrees.map((worktree) => burst(worktree))).then(() => process.send?.('written'));
});
process.on('disconnect', () => process.exit());
