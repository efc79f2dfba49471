import { burst, save } from '../lib/large-repository.ts';

/** How often every worktree has one file saved, in milliseconds. */
const SAVE_EVERY_MS = 100;

/** What the writer is told to do until it is told something else. */
export type WriterOrder = 'save' | 'burst' | 'rest';

/**
 * Writes to the worktrees it is given: one file of each ten times a second, or many files of all, again and again.
 */
const worktrees = process.argv.slice(2);
let order: WriterOrder = 'rest';
let saved = 0;

process.on('message', (message: WriterOrder) => {
  const wasBursting = order === 'burst';
  order = message;
  if (order === 'burst' && !wasBursting) void burstOn();
});
process.on('disconnect', () => process.exit());
setInterval(() => {
  const worktree = worktrees[saved % worktrees.length];
  if (order !== 'save' || worktree === undefined) return;
  void save(worktree, Math.floor(saved / worktrees.length));
  saved += 1;
}, SAVE_EVERY_MS / worktrees.length);

async function burstOn(): Promise<void> {
  while (order === 'burst') await Promise.all(worktrees.map((worktree) => burst(worktree)));
}
