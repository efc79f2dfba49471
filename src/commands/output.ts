import process from 'node:process';
import { type Look, lookFor } from './render/look.ts';

/** Prints lines to stdout. */
export function print(...lines: string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints a value as one line of JSON, untouched. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** How output to this process's stdout is to look now; the width changes with the terminal. */
export function stdoutLook(): Look {
  return lookFor(process.stdout, process.env);
}
