import { PawError } from './paw-error.ts';
import { quote, quoteName, shellWord } from './quote.ts';

/** Errors of headless workers. Reasons why a run came to nothing are words that follow "The run ended:". */

/** A worker needs process groups, which Windows does not have. */
export function workerNotOnWindows(): PawError {
  return new PawError('environment', 'A worker does not run on Windows. Run `paw-coordinator worker` in WSL.');
}

/** The program of the command cannot be found. */
export function commandNotFound(program: string, isStandard: boolean): PawError {
  const next = isStandard
    ? `Install Claude Code, or name another program as \`worker.command\` in .paw/config.json, such as ["codex", "exec", "{prompt}"]`
    : 'Install it, or correct `worker.command` in .paw/config.json';
  return new PawError('environment', `${quoteName(program)} was not found on PATH, so no work item is taken. ${next}.`);
}

/** Git made no worktree. `said` is what it printed. */
export function worktreeNotMade(path: string, said: string): PawError {
  return new PawError(
    'environment',
    `git made no worktree in ${quoteName(path)}: ${words(said)}. Clear what is in its way, then unblock the item or wait for the next attempt.`,
  );
}

/** A worktree that was begun and never finished. */
export function worktreeUnfinished(path: string): PawError {
  return new PawError(
    'environment',
    `The worktree ${quoteName(path)} was begun and never finished. Save what you need from it, then run \`git worktree remove --force --force ${shellWord(path)}\`.`,
  );
}

/**
 * The branch of an item is checked out in a worktree that may be somebody's.
 *
 * @param state `missing`: git knows of it, and its folder does not exist
 */
export function foreignWorktree(branch: string, path: string, state: 'there' | 'unfinished' | 'missing'): PawError {
  const next =
    state === 'missing'
      ? `Its folder does not exist: bring it back, or run \`git worktree remove ${shellWord(path)}\``
      : 'Switch that one to another branch';
  return new PawError(
    'environment',
    `The branch ${quoteName(branch)} is checked out in ${quoteName(path)}, which no worker made, so nothing was done there. ${next}, then unblock the item or wait for the next attempt.`,
  );
}

/** The name of a branch that git would take for an option. */
export function oddBranch(branch: string): PawError {
  return new PawError(
    'environment',
    `The branch ${quote(branch)} begins with "-", which git takes for an option. Rename it.`,
  );
}

/** What the branch of an item is to begin at does not exist. */
export function noBase(base: string): PawError {
  return new PawError(
    'environment',
    `There is no commit ${quote(base)} to begin at. Make a first commit there, or set \`repository.base\` in .paw/config.json.`,
  );
}

/** Git did not answer. `said` is what it printed. */
export function gitSilent(command: string, said: string): PawError {
  return new PawError('environment', `\`git ${command}\` failed: ${words(said)}. See that it works in that worktree.`);
}

/** Branches are to be pushed, and there is nowhere to push them to. */
export function noRemoteAtAll(remotes: readonly string[]): PawError {
  const what =
    remotes.length === 0
      ? 'There is no remote to push to'
      : `None of the remotes ${remotes.map(quoteName).join(', ')} is called origin, so it is not clear which one to push to`;
  return new PawError(
    'environment',
    `${what}; no work item is taken. Add one with \`git remote add origin …\`, or do without --push and \`worker.push\`.`,
  );
}

/** One run after the other fails at once. `seconds`: how long the pause is. */
export function failingAtOnce(count: number, seconds: number): PawError {
  return new PawError(
    'environment',
    `${count} runs in a row have failed at once; the next item is taken in ${seconds} s. \`paw-coordinator work show <id>\` tells what they printed.`,
  );
}

/** There is nowhere to push to. */
export function noRemote(branch: string): string {
  return `there is no remote to push ${quoteName(branch)} to; add one with \`git remote add origin …\`, or do without --push`;
}

/** A push failed. `said` is the end of what git printed. */
export function pushFailed(remote: string, how: string, said: string): string {
  return `the push to ${quoteName(remote)} failed (${how}): ${words(said)}`;
}

/** The command did nothing that could be looked at. */
export function noCommit(branch: string): string {
  return `there is no commit on ${quoteName(branch)}`;
}

/** The command ended well, and left the branch where it was when it was sent back. */
export function noNewCommit(branch: string): string {
  return `there is no commit on ${quoteName(branch)} since it was sent back`;
}

/** Why a run is ended early. */
export function claimLost(id: string): PawError {
  return new PawError('refused', `The claim on ${id} was lost, so its command was ended. Nothing of this run counts.`);
}

/** Told to stop a second time: nobody is waited for any more. */
export function killedAtOnce(): PawError {
  return new PawError(
    'unavailable',
    'The worker was told to stop a second time, so what ran was killed and the coordinator not waited for. The item comes free by itself; what was committed stays on its branch.',
  );
}

/** Told to stop, a worker has waited for a coordinator that does not answer. */
export function neverTold(seconds: number): PawError {
  return new PawError(
    'unavailable',
    `The coordinator did not answer within ${seconds} s. The item comes free by itself; what was committed stays on its branch.`,
  );
}

/** What git, or a server it has asked, has printed. */
function words(said: string): string {
  const text = said.trim().replace(/\s+/g, ' ');
  return text === '' ? 'it said nothing' : quote(text);
}
