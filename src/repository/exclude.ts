import { mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceWhole } from './atomic-file.ts';
import { errorCode } from './error-code.ts';

/** Stands above each line that is ours, so that the user's own are never taken out. */
const MARK = '# by paw-coordinator';

/** Mode of a file that others may read. */
const PUBLIC_MODE = 0o644;
/** The part of a mode that says who may do what. */
const PERMISSIONS = 0o777;

/**
 * Has git leave a path out of commits, or no longer, by a line in `info/exclude`, which holds for all worktrees. A
 * line the user wrote stays as it is, and makes ours needless.
 *
 * @returns whether that changed something
 * @throws the operating system's error
 */
export function setExcluded(commonDir: string, path: string, excluded: boolean): boolean {
  const file = join(commonDir, 'info', 'exclude');
  const before = contentOf(file);
  const lines = before.split('\n');
  const mark = lines.findIndex((line, index) => line === MARK && lines[index + 1] === path);
  if (excluded) {
    const isListed = lines.some((line) => [path, `/${path}`].includes(line.trim()));
    if (isListed) return false;
    mkdirSync(dirname(file), { recursive: true });
    const end = before === '' || before.endsWith('\n') ? '' : '\n';
    write(file, `${before}${end}${MARK}\n${path}\n`);
    return true;
  }
  if (mark !== -1) write(file, lines.toSpliced(mark, 2).join('\n'));
  return mark !== -1;
}

/** A file that is a link stays one. */
function write(file: string, content: string): void {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? PUBLIC_MODE;
  replaceWhole(followed(file), content, { mode: mode & PERMISSIONS });
}

function followed(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return file;
    throw error;
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}
