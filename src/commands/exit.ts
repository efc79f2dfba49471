import { EventEmitter } from 'node:events';
import process from 'node:process';
import { toPawError } from '../errors/paw-error.ts';
import { safeLines } from './render/safe-text.ts';

/** Exit codes of every command; 0 = done. */
export const REFUSED_OR_FAILED = 1;
export const WRONG_USAGE = 2;

/** Shows why a command was refused or failed, and has the process end with 1 when everything is written. */
export function report(error: unknown): void {
  // It may name what agents chose: paths, branches, reasons.
  process.stderr.write(`${safeLines(toPawError(error).message).join('\n')}\n`);
  process.exitCode = REFUSED_OR_FAILED;
}

const CLOSED = ['EPIPE', 'ERR_STREAM_DESTROYED'];

const reader = new EventEmitter();

/** Calls `listener` when nobody reads the output any more. Returns the function that ends that. */
export function onReaderGone(listener: () => void): () => void {
  reader.on('gone', listener);
  return () => reader.off('gone', listener);
}

/**
 * Ends the process without a word when its reader, such as `head`, has closed the pipe; a command that has
 * something to close first is told instead. The signal SIGPIPE tells nothing: any closed socket raises it.
 */
export function quietWhenClosed(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!CLOSED.includes(error.code ?? '')) throw error;
    if (!reader.emit('gone')) process.exit();
  });
}
