import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stateFolderUnusable } from '../errors/storage.ts';
import { errorCode } from '../repository/error-code.ts';
import { parseSegmentFileName, type SegmentName } from '../repository/layout.ts';

/** A journal segment on disk. */
export interface Segment extends SegmentName {
  path: string;
  /**
   * The last record it stands for: a later segment that begins at record s takes the place of everything from s on
   * in the earlier ones. Infinity for the segment that was written last.
   */
  end: number;
}

/** The segments of a journal in the order in which they were written; none if the folder is missing. */
export function listSegments(journal: string): Segment[] {
  const named = listNames(journal).flatMap((file) => {
    const name = parseSegmentFileName(file);
    return name === undefined ? [] : [{ ...name, path: join(journal, file) }];
  });
  named.sort((a, b) => a.term - b.term || a.first - b.first);
  let end = Number.POSITIVE_INFINITY;
  const segments: Segment[] = [];
  for (const segment of named.reverse()) {
    segments.push({ ...segment, end });
    end = Math.min(end, segment.first - 1);
  }
  return segments.reverse();
}

function listNames(journal: string): string[] {
  try {
    return readdirSync(journal);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw stateFolderUnusable(journal, error);
  }
}
