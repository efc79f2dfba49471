import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { replaceWhole } from '../repository/atomic-file.ts';
import { checksum } from './line.ts';

/**
 * Copies what could not be read into the folder for damaged files. The copy is named for its content, so trying
 * again and again makes no second one.
 *
 * @returns where the copy is, or undefined if none could be made
 */
export function keepAside(folder: string, file: string, content: Uint8Array): string | undefined {
  const copy = join(folder, `${basename(file)}.${checksum(content)}`);
  try {
    if (existsSync(copy)) return copy;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    replaceWhole(copy, content);
    return copy;
  } catch {
    return undefined;
  }
}
