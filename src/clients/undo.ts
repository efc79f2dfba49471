import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { replaceWhole } from '../repository/atomic-file.ts';
import { createPrivateFolder } from '../repository/layout.ts';
import { type FileChange, readText } from './text-file.ts';

/*
 * What `init` has changed, so that `init --remove` can give back the very bytes that were there. Kept in the state
 * folder, which all worktrees share. A file that somebody else has changed since is not given back but edited.
 */

const FILE = 'registrations.json';

const undoSchema = z.object({
  /** SHA-256 of what the file was given, in hex. */
  written: z.string(),
  /** The one span that differs from what was there before; null if the file was made. */
  back: z.object({ at: z.int().min(0), remove: z.int().min(0), insert: z.string() }).nullable(),
  /** Its folder was made too. */
  folder: z.boolean().default(false),
  /** Git was told to see no change in it. */
  hidden: z.boolean().default(false),
  /** The folder of the bundle that it was given: by that it is known for ours when the program has moved. */
  program: z.string().optional(),
});
type Undo = z.infer<typeof undoSchema>;

/** What was there before; `text` is undefined if there was no file. */
export interface Original {
  text: string | undefined;
  /** The folder goes with the file. */
  folder: boolean;
}

export class UndoRecord {
  readonly #stateDir: string;
  readonly #program: string;
  readonly #undos: Map<string, Undo>;

  /**
   * Reads the record of a repository; one that cannot be read is none.
   *
   * @param program folder of the bundle that files are given from now on
   */
  constructor(stateDir: string, program: string) {
    this.#stateDir = stateDir;
    this.#program = program;
    this.#undos = new Map(Object.entries(readUndos(join(stateDir, FILE))));
  }

  /** Folders of the bundles that files are given, and were given before. */
  programs(): ReadonlySet<string> {
    return new Set([this.#program, ...[...this.#undos.values()].flatMap(({ program }) => program ?? [])]);
  }

  /** What a file held before it was changed, if it still holds what it was given; undefined otherwise. */
  originalOf(path: string, text: string | undefined): Original | undefined {
    const undo = this.#undos.get(path);
    if (undo === undefined || text === undefined || undo.written !== hashOf(text)) return undefined;
    const { back, folder } = undo;
    if (back === null) return { text: undefined, folder };
    return { text: text.slice(0, back.at) + back.insert + text.slice(back.at + back.remove), folder };
  }

  /** Whether a file was made by `init`, and its folder; neither if nothing is known of it. */
  origin(path: string): { made: boolean; folder: boolean } {
    const undo = this.#undos.get(path);
    return { made: undo?.back === null, folder: undo?.folder ?? false };
  }

  /** Remembers how to go back from what a file holds now to what it held before. */
  keep({ path, after }: FileChange, original: Original): void {
    if (after === undefined) return;
    const { hidden = false } = this.#undos.get(path) ?? {};
    const back = original.text === undefined ? null : differing(after, original.text);
    const { folder } = original;
    this.#undos.set(path, { written: hashOf(after), back, folder, hidden, program: this.#program });
  }

  /** Whether git was told to see no change in a file. */
  isHidden(path: string): boolean {
    return this.#undos.get(path)?.hidden ?? false;
  }

  /** Notes that git sees no change in a file, or sees them again. */
  setHidden(path: string, hidden: boolean): void {
    const undo = this.#undos.get(path);
    if (undo !== undefined) this.#undos.set(path, { ...undo, hidden });
  }

  /** What was changed in this file is undone, or not ours any more. */
  drop(path: string): void {
    this.#undos.delete(path);
  }

  /** Writes the record; an empty one is no file. Throws the operating system's error. */
  save(): void {
    const file = join(this.#stateDir, FILE);
    if (this.#undos.size === 0) {
      rmSync(file, { force: true });
      return;
    }
    createPrivateFolder(dirname(file));
    replaceWhole(file, `${JSON.stringify(Object.fromEntries(this.#undos))}\n`);
  }
}

function readUndos(file: string): Record<string, Undo> {
  try {
    return z.record(z.string(), undoSchema).parse(JSON.parse(readText(file) ?? '{}'));
  } catch {
    return {};
  }
}

/** The span of `from` that has to be replaced to get `to`. */
function differing(from: string, to: string): NonNullable<Undo['back']> {
  const max = Math.min(from.length, to.length);
  let head = 0;
  while (head < max && from[head] === to[head]) head += 1;
  let tail = 0;
  while (tail < max - head && from[from.length - 1 - tail] === to[to.length - 1 - tail]) tail += 1;
  return { at: head, remove: from.length - head - tail, insert: to.slice(head, to.length - tail) };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
