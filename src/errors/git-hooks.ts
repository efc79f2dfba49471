import { PawError } from './paw-error.ts';
import { quote, quoteName, shellWord, visibleJson } from './quote.ts';

/** What git hooks say, on the terminal of whoever commits or pushes. */

/** Files that are named; the rest are counted. */
const FILES_SHOWN = 20;
/** Files that a command to copy names. */
const FILES_TO_COPY = 5;

/** A file that lies in a claim of somebody else. */
export interface ClaimedFile {
  path: string;
  /** What is claimed, as `status` shows it. */
  claimed: string;
  holder: string;
  reason?: string;
  /** Only a part of the file is claimed. */
  part?: boolean;
  expires_in_seconds: number;
}

/** A commit on a branch that is not the agent's. */
export interface Stray {
  branch: string;
  agent: string;
  /** The branch the agent is named for. */
  own: string;
}

/** Files of the commit are claimed by others. */
export function commitRefused(files: readonly ClaimedFile[]): string {
  const part = files.find((file) => file.part);
  const ownPart = visibleJson({ paths: [`${part?.path}#function:NAME`] });
  const holders = [...new Set(files.map(({ holder }) => holder))].join(', ');
  return [
    'paw-coordinator: not committed. Other agents have claimed:',
    ...listed(files),
    `Take these files out of the commit with ${restoring(files)} and commit the rest; ask ${holders} with publish question; or wait with claim, and commit when it has granted them to you.`,
    ...(part === undefined
      ? []
      : [
          `Of a file of which others hold parts, claim the part that you changed, such as claim ${ownPart}, and commit again.`,
        ]),
  ].join('\n');
}

/** The same, where it does not hold up the commit. `excuse` says why, such as `merge`. */
export function claimedByOthers(files: readonly ClaimedFile[], excuse: string): string {
  return [
    `paw-coordinator: committed all the same (${excuse}), though other agents have claimed:`,
    ...listed(files),
  ].join('\n');
}

/** A commit that goes to another branch than the agent's. */
export function otherBranch({ branch, agent, own }: Stray): string {
  return `paw-coordinator: this commit goes to ${quoteName(branch)}, and ${agent}, who works in this worktree, has the branch ${quoteName(own)}. If that is a mistake: \`git switch ${shellWord(own)}\` and \`git cherry-pick ${shellWord(branch)}\`.`;
}

/** The same, where it is refused. */
export function branchRefused({ branch, agent, own }: Stray): string {
  return `paw-coordinator: not committed. The commit would go to ${quoteName(branch)}, and ${agent}, who works in this worktree, has the branch ${quoteName(own)}. Switch to it with \`git switch ${shellWord(own)}\` and commit there. (guard.branch in .paw/config.json is "block".)`;
}

/** Agents do not push here. */
export function pushRefused(): string {
  return 'paw-coordinator: not pushed. In this repository agents leave pushing to the supervisor or to you: push from the main worktree. (guard.push in .paw/config.json is "block".)';
}

/** A hook could not find out whether something stands against it. */
export function notGuarded(hook: string, why: string): string {
  return `paw-coordinator: ${hook} was let through unchecked. ${why}`;
}

/** No coordinator runs that a hook could ask. */
export function guardUnreachable(): PawError {
  return new PawError(
    'unavailable',
    'No coordinator is running that knows the claims; the next call of an agent starts one, or `paw-coordinator start`.',
  );
}

/** The coordinator that runs is too slow for a hook. */
export function guardTimedOut(waitedMs: number): PawError {
  return new PawError(
    'unavailable',
    `The coordinator did not answer within ${waitedMs / 1000} s; \`paw-coordinator doctor\` looks for the reason.`,
  );
}

/** git does not say what is to be committed. */
export function hookGitFailed(why: string): PawError {
  return new PawError('environment', `git did not list what is staged: ${why}.`);
}

/** The command that takes files out of a commit, wherever in the worktree it is run. */
function restoring(files: readonly ClaimedFile[]): string {
  const paths = [...new Set(files.map(({ path }) => path))];
  const words = paths.slice(0, FILES_TO_COPY).map((path) => shellWord(fromRoot(path)));
  const more = paths.length > words.length ? ` (and the other ${paths.length - words.length} likewise)` : '';
  return `\`git restore --staged -- ${words.join(' ')}\`${more}`;
}

/** A path as git takes it from any folder, and as nothing but a path. */
function fromRoot(path: string): string {
  return /[*?[\]\\]|^[!^:(]/.test(path) ? `:(top,literal)${path}` : `:/${path}`;
}

function listed(files: readonly ClaimedFile[]): string[] {
  const lines = files.slice(0, FILES_SHOWN).map(({ path, claimed, part, holder, reason, expires_in_seconds: left }) => {
    const inside = claimed === path ? '' : ` (${part ? 'its part' : 'in'} ${quoteName(claimed)})`;
    const why = reason === undefined ? '' : ` for ${quote(reason)}`;
    return `  ${quoteName(path)}${inside}, by ${holder}${why}, ${span(left)} left`;
  });
  const more = files.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}

function span(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
