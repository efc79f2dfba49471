import process from 'node:process';
import { visibleJson } from '../errors/quote.ts';
import { type Look, lookFor } from './render/look.ts';

/** Prints lines to stdout. */
export function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints a value as one line of JSON, from which the same value is read and which no terminal obeys. */
export function printJson(value: unknown): void {
  print(visibleJson(value));
}

/** How output to this process's stdout is to look now; the width changes with the terminal. */
export function stdoutLook(): Look {
  return lookFor(process.stdout, process.env);
}
