import process from 'node:process';
import { toPawError } from '../errors/paw-error.ts';

/** Exit codes of every command; 0 = done. */
export const REFUSED_OR_FAILED = 1;
export const WRONG_USAGE = 2;

/** Shows why a command was refused or failed, and has the process end with 1 when everything is written. */
export function report(error: unknown): void {
  process.stderr.write(`${toPawError(error).message}\n`);
  process.exitCode = REFUSED_OR_FAILED;
}

const CLOSED = ['EPIPE', 'ERR_STREAM_DESTROYED'];

/**
 * Ends the process without a word when its reader, such as `head`, has closed the pipe. Node does not pass SIGPIPE
 * on; a command that has something to close first listens for it all the same, and gets it from here.
 */
export function quietWhenClosed(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!CLOSED.includes(error.code ?? '')) throw error;
    if (!process.emit('SIGPIPE', 'SIGPIPE')) process.exit();
  });
}
