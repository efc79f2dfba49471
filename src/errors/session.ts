import { PawError } from './paw-error.ts';
import { quote } from './quote.ts';

/** Errors about where and as whom a session was started. */

/** The folder is in no git repository. */
export function notARepository(folder: string): PawError {
  return new PawError(
    'environment',
    `${folder} is not in a git repository, and paw-coordinator works per repository. Make the call again once the folder is in one (\`git init\`), or start the client in a repository.`,
  );
}

/** git could not be run at all. */
export function gitNotFound(cause: unknown): PawError {
  return new PawError(
    'environment',
    'git was not found on PATH, and paw-coordinator needs it to find the repository. Install git, or set PATH in the registration of this server, then restart it.',
    { cause },
  );
}

/** git ran and gave no usable answer. `detail` is what it said. */
export function gitFailed(folder: string, detail: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `git cannot tell which repository ${folder} belongs to: ${detail}. See that \`git status\` works there, then make the call again.`,
    { cause },
  );
}

/** git answers, and does not do what it is asked. */
export function gitRefused(folder: string, detail: string): PawError {
  return new PawError(
    'environment',
    `git refused in ${folder}: ${detail}. See that \`git status\` works there and that no other git is at work, then run this again.`,
  );
}

/** The worktree a session was started in is no longer at its path. */
export function worktreeGone(root: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `The worktree of this session, ${root}, was moved or removed, so paths in it cannot be read. Start a new session in the worktree where it is now.`,
    { cause },
  );
}

/** A role that does not exist. */
export function unknownRole(source: string, given: string): PawError {
  return new PawError('invalid', `${source}: ${quote(given)} is no role. Use agent (the default) or supervisor.`);
}
