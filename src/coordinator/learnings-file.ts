import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { Logger } from 'pino';
import type { LearningsSettings } from '../config/schema.ts';
import { learningsFileRefused } from '../errors/learnings.ts';
import { replaceWhole } from '../repository/atomic-file.ts';
import { errorCode } from '../repository/error-code.ts';
import { setExcluded } from '../repository/exclude.ts';
import { stateFolder } from '../repository/layout.ts';
import { keepOpenBlocks } from '../state/learnings/found-learnings.ts';
import type { Learning } from '../state/learnings/learning-events.ts';
import { SECOND_MS } from '../state/time.ts';
import type { Engine } from './engine.ts';
import { hasHeading, headingOf, renderSection, withSection } from './learnings-section.ts';

/** The file in the main worktree; how git and the configuration name it. */
const FILE = '.paw/learnings.md';
/** The shortest time between two writes, in milliseconds: what comes together is written together. */
const FLUSH_MIN_MS = 100;
/** Mode of the file if there was none: as any file of a worktree. */
const PUBLIC_MODE = 0o644;
const PERMISSIONS = 0o777;
/** Mode of its folder: whatever the mask of this process, others do not write there. */
const PUBLIC_FOLDER_MODE = 0o755;

export interface LearningsFileOptions {
  engine: Engine;
  /** The git common directory. */
  commonDir: string;
  /** Root of the main worktree; absent in a bare repository. */
  root: string | undefined;
  settings: () => LearningsSettings;
  log: Logger;
}

/**
 * Writes what was learned to a file for people, a while after there is news, and at the end. What could not be
 * written stays news, over restarts too. Other sections than that of this run are never touched.
 */
export class LearningsFile {
  readonly #options: LearningsFileOptions;
  readonly #file: string;
  /** What is to stand in our section: everything learned in this run, and what an earlier one could not write. */
  readonly #run = new Map<string, Learning>();
  readonly #stopListening: () => void;
  #startedAt = new Date();
  /** Something that stands in our section was forgotten since. */
  #isStale = false;
  /** Our section as it was last written. */
  #written: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;
  /** The write under way, if any; the next one follows it. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: LearningsFileOptions) {
    this.#options = options;
    const { commonDir, root, engine } = options;
    this.#file = root === undefined ? join(stateFolder(commonDir), basename(FILE)) : join(root, FILE);
    this.#stopListening = engine.onRecord(({ events }) => {
      for (const event of events) if (event.kind === 'forgotten' && this.#run.delete(event.id)) this.#isStale = true;
      this.#plan();
    });
    this.reconfigure();
  }

  /** Takes in that the settings may have changed. */
  reconfigure(): void {
    if (this.#options.settings().commit || existsSync(this.#file)) this.#keepOut();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#plan();
  }

  /** Records the blocks that are still open, and writes what there is. To be called before the state is closed. */
  async close(): Promise<void> {
    this.abandon();
    try {
      await this.#options.engine.decide(keepOpenBlocks);
    } finally {
      await this.#flush();
    }
  }

  /** Writes no more. For a coordinator that has lost its place: another one may be writing. */
  abandon(): void {
    this.#ended = true;
    this.#stopListening();
    clearTimeout(this.#timer);
  }

  #plan(): void {
    const { engine, settings } = this.#options;
    if (this.#ended || this.#timer !== undefined) return;
    if (engine.state.unfiled.size === 0 && !this.#isStale) return;
    const delay = Math.max(FLUSH_MIN_MS, settings().flushSeconds * SECOND_MS);
    this.#timer = setTimeout(() => {
      void this.#flush().finally(() => {
        this.#timer = undefined;
        this.#plan();
      });
    }, delay);
  }

  #flush(): Promise<void> {
    this.#writing = this.#writing
      .then(() => this.#write())
      .catch((error: unknown) => {
        this.#options.log.error(
          { file: this.#file, err: error },
          'the learnings could not be written; tried again later',
        );
      });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { engine } = this.#options;
    const news = await engine.decide(({ state }) => [...state.unfiled].flatMap((id) => state.learnings.get(id) ?? []));
    // One may have been forgotten while its record went to disk.
    for (const learning of news) if (engine.state.learnings.has(learning.id)) this.#run.set(learning.id, learning);
    if (news.length === 0 && !this.#isStale) return;
    this.#keepOut();
    this.#writeSection();
    this.#isStale = false;
    if (news.length === 0) return;
    await engine.decide(
      (tx) => {
        // What has changed since is news again.
        const filed = news.filter((learning) => tx.state.learnings.get(learning.id) === learning);
        if (filed.length > 0) tx.emit({ kind: 'filed', ids: filed.map(({ id }) => id) });
      },
      { lazy: true },
    );
  }

  #writeSection(): void {
    const { root, commonDir } = this.#options;
    const workshop = stateFolder(commonDir);
    const file = placeInside(root ?? workshop, this.#file);
    const before = contentOf(file);
    if (this.#written === undefined)
      while (hasHeading(before, headingOf(this.#startedAt)))
        this.#startedAt = new Date(this.#startedAt.getTime() + SECOND_MS);
    const heading = headingOf(this.#startedAt);
    const text = renderSection(heading, this.#run.values());
    const mode = (statSync(file, { throwIfNoEntry: false })?.mode ?? PUBLIC_MODE) & PERMISSIONS;
    replaceWhole(file, withSection(before, this.#written, { heading, text }), { mode, workshop });
    this.#written = text;
  }

  /** In a bare repository there is nothing the file could be committed to. */
  #keepOut(): void {
    const { root, commonDir, settings, log } = this.#options;
    if (root === undefined) return;
    try {
      setExcluded(commonDir, FILE, !settings().commit);
    } catch (error) {
      log.warn({ err: error }, `${FILE} could not be listed in info/exclude`);
    }
  }
}

/**
 * The real path of `file`, whose folder is made if need be.
 *
 * @throws PawError `environment` if links lead out of `root` or into git's own files, or if it is no file
 */
function placeInside(root: string, file: string): string {
  const folder = dirname(file);
  if (folder !== root) mkdirOnce(folder);
  const entry = lstatSync(file, { throwIfNoEntry: false });
  const real = entry === undefined ? join(realpathSync(folder), basename(file)) : realpathSync(file);
  const inside = relative(realpathSync(root), real).split(sep);
  const isGits = inside.some((name) => name.toLowerCase() === '.git');
  if (isAbsolute(inside.join(sep)) || inside[0] === '..' || isGits)
    throw learningsFileRefused(file, `a link to ${real}`);
  if (entry !== undefined && !statSync(real).isFile()) throw learningsFileRefused(file, 'no file');
  return real;
}

/** Not with the folders above it: without its worktree the file has no place. */
function mkdirOnce(folder: string): void {
  try {
    mkdirSync(folder, { mode: PUBLIC_FOLDER_MODE });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
