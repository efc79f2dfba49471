import { PawError } from './paw-error.ts';
import { quote, quoteName, shellWord } from './quote.ts';

/** Errors of registering with clients, and of git hooks. */

/** A file of a client is not the JSON it is to be. */
export function brokenJson(file: string, line: number, what: string): PawError {
  return new PawError(
    'invalid',
    `${file} cannot be read: line ${line}: ${what}. Correct it and run this again; it was not changed.`,
  );
}

/** A file of a client is not the TOML it is to be. */
export function brokenToml(file: string, cause: unknown): PawError {
  const [why = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return new PawError('invalid', `${file} cannot be read: ${why}. Correct it and run this again; it was not changed.`, {
    cause,
  });
}

/** A file of a client is not in UTF-8. */
export function notUtf8(file: string): PawError {
  return new PawError('invalid', `${file} is not in UTF-8. Save it as UTF-8 and run this again; it was not changed.`);
}

/** A file of a client can be read, and not be changed without touching what others wrote. */
export function notEditable(file: string, toAdd?: string): PawError {
  const remedy = toAdd === undefined ? 'Change it by hand' : `Add this by hand:\n\n${toAdd}\n`;
  return new PawError(
    'refused',
    `${file} is written in a way that cannot be changed without touching the rest of it. ${remedy}`,
  );
}

/** A file has a key twice, so that a change would lose what stands under one of them. */
export function duplicateKey(file: string, key: string): PawError {
  return new PawError(
    'invalid',
    `${file} has the key ${quote(key)} twice in one object, and only the last one counts. Bring them together under one, and run this again; it was not changed.`,
  );
}

/** Something other than the servers of a client stands where they belong. */
export function oddlyShaped(file: string, key: string): PawError {
  return new PawError(
    'invalid',
    `${file} holds something else than an object under "${key}", so no server can be registered there. Correct that key, or remove it, and run this again; the file was not changed.`,
  );
}

/** The name is taken by another server. */
export function nameTaken(file: string, name: string, command: string): PawError {
  return new PawError(
    'refused',
    `${file} registers another server under the name ${name}: \`${command}\`. Rename or remove that one, and run this again; the file was not changed.`,
  );
}

/** A file was changed between the look at it and the writing. */
export function changedMeanwhile(file: string): PawError {
  return new PawError('refused', `${file} has changed meanwhile, so it was left as it is. Run this again.`);
}

/** A file cannot be read or written. */
export function fileUnusable(file: string, cause: unknown): PawError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PawError('environment', `${file} cannot be used: ${why}. Correct that and run this again.`, { cause });
}

/** A file of a client is a link, or lies behind one, that leads nowhere. */
export function deadLink(link: string, target: string): PawError {
  return new PawError(
    'refused',
    `${link} is a link to ${quoteName(target)}, which does not exist, so nothing was written there. Make what it leads to, or remove the link, and run this again.`,
  );
}

/** `init` needs the files of a worktree. */
export function noWorktree(folder: string): PawError {
  return new PawError(
    'environment',
    `${folder} is in no worktree, and clients look for their settings in one. Run this in a worktree of the repository.`,
  );
}

/** Nothing was named and nothing found. */
export function noClientFound(ids: readonly string[]): PawError {
  return new PawError(
    'refused',
    `No MCP client was found here, neither its command nor its settings. Name one with --client: ${ids.join(', ')}.`,
  );
}

/** There is nobody to ask, so nothing was written. */
export function consentNeeded(): PawError {
  return new PawError(
    'refused',
    'Nothing was changed: this is no terminal to be asked on. Run it again with --yes to have the above written.',
  );
}

/** A person said no. */
export function consentRefused(): PawError {
  return new PawError('refused', 'Nothing was changed.');
}

/** A git hook that no shell runs. */
export function hookNotShell(file: string, command: string): PawError {
  return new PawError(
    'refused',
    `${file} is no shell script, so nothing can be added to it. Have it run this at its end, and fail if it fails: ${command}`,
  );
}

/** A git hook that git passes over. */
export function hookNotExecutable(file: string): PawError {
  return new PawError(
    'refused',
    `${file} may not be executed, so git does not run it, and it was left as it is. Make it executable or remove it, and run this again.`,
  );
}

/** The folder of hooks is that of every repository of this user. */
export function hooksOfAllRepositories(folder: string): PawError {
  return new PawError(
    'refused',
    `Your git configuration has the hooks of all repositories in ${folder} (core.hooksPath). To have them in this repository only, give it a folder of its own with \`git config core.hooksPath .git/hooks\`, and run this again.`,
  );
}

/** What runs the hooks of a project is not there in some worktrees. */
export function hooksNotReached(worktrees: readonly string[]): PawError {
  const [first = ''] = worktrees;
  const names = worktrees.map(quoteName).join(', ');
  return new PawError(
    'refused',
    `Git does not reach the hooks in ${names}: core.hooksPath leads to .husky/_, and husky is not installed there, so nothing guards the commits. Install it as the project does, such as with \`cd ${shellWord(first)} && npx husky\` or \`npm run prepare\`; \`paw-coordinator doctor\` shows whether they are reached then.`,
  );
}

/** An option names a client that is not known. */
export function notAClient(ids: readonly string[]): PawError {
  return new PawError('invalid', `It must be one of ${ids.join(', ')}; give the option again for each further one.`);
}
