import { PawError } from './paw-error.ts';

/** Errors of becoming the repository's one coordinator, and of the folder its socket lies in. */

/** Somebody else is the coordinator, or cannot be proved to be dead. */
export function officeHeld(
  file: string,
  holder: { pid: number; host: string; socket: string },
  thisMachine: boolean,
): PawError {
  const who = `process ${holder.pid} on host ${holder.host}, socket ${holder.socket}`;
  return new PawError(
    'refused',
    thisMachine
      ? `This repository already has a coordinator: ${who}. Use that one, or end it with \`paw-coordinator stop\`.`
      : `This repository's coordinator is ${who}, and whether it still runs cannot be seen from here. Work on that host or in that container, or stop it there. If it is gone for good, delete ${file} and try again.`,
  );
}

/** The newest election file cannot be read, so nobody knows whether its writer lives. */
export function electionUnreadable(file: string): PawError {
  return new PawError(
    'environment',
    `${file} should name this repository's coordinator and cannot be read. If no coordinator runs (\`paw-coordinator doctor\` tells), delete the file and try again.`,
  );
}

/** An election file could not be written, or the state folder not be listed. */
export function electionFailed(file: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `${file} cannot be used for the election: ${detail(cause)}. The state folder must be readable and writable for this user, on a disk with free space; correct that and try again.`,
    { cause },
  );
}

/** Taking office was tried again and again, and each time somebody else was quicker and then gone. */
export function officeContested(folder: string, tries: number): PawError {
  return new PawError(
    'unavailable',
    `The election in ${folder} was lost ${tries} times in a row to coordinators that ended at once. Look into coordinator.log there for the reason, then try again.`,
  );
}

/** The folder for the socket is no folder, or a link to one. */
export function socketFolderForeign(folder: string, what: string): PawError {
  return new PawError(
    'environment',
    `${folder} must be a folder that belongs to this user, and is ${what}. Remove it or move it away, or set XDG_RUNTIME_DIR to a folder of your own, and try again.`,
  );
}

/** The folder for the socket cannot be created or closed to other users. */
export function socketFolderUnusable(folder: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `The folder for the socket, ${folder}, cannot be used: ${detail(cause)}. Correct its owner and mode (0700), or set XDG_RUNTIME_DIR to a folder of your own, and try again.`,
    { cause },
  );
}

/** No folder gives a socket path that the operating system accepts. */
export function socketPathTooLong(path: string, maxBytes: number): PawError {
  return new PawError(
    'environment',
    `The socket path ${path} is longer than the ${maxBytes} bytes the operating system allows. Set XDG_RUNTIME_DIR to a folder with a shorter path, and try again.`,
  );
}

/** Something that is no socket lies where the socket belongs. */
export function socketPathForeign(path: string, what: string): PawError {
  return new PawError(
    'environment',
    `${path} is needed for the coordinator's socket, and is ${what}. Remove it or move it away, and try again.`,
  );
}

/** Somebody answers at the socket this coordinator is about to open. */
export function socketInUse(path: string): PawError {
  return new PawError(
    'environment',
    `A process still answers at ${path}, although no coordinator is registered for it: probably the state folder was removed while it ran. End that process, then try again.`,
  );
}

function detail(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
