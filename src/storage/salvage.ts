import { readFileSync } from 'node:fs';
import { stateTooNew } from '../errors/storage.ts';
import { decodeLine, lineAt } from './line.ts';
import type { NumberedRecord } from './rules.ts';
import { parseHeader, SEGMENT_FORMAT } from './segment-header.ts';
import { listSegments, type Segment } from './segments.ts';

/** A stretch of a file that is no undamaged record. */
export interface Unreadable {
  file: string;
  /** Line, from 1; 0 for the file as a whole. */
  line: number;
  bytes: number;
}

export interface Salvaged<R> {
  /** Every undamaged record of the journal that counts, by its number. */
  records: Map<number, R>;
  unreadable: Unreadable[];
  /** The highest number that is known to have been given to a record. */
  highest: number;
}

/**
 * Reads all of a journal that can be read, past any damage: a line is taken by its own checksum and number, and not
 * by what stands before it.
 *
 * @throws PawError `environment` if a segment is of a later format
 */
export function salvageJournal<R extends NumberedRecord>(journal: string): Salvaged<R> {
  const salvaged: Salvaged<R> = { records: new Map(), unreadable: [], highest: 0 };
  for (const segment of listSegments(journal)) {
    salvaged.highest = Math.max(salvaged.highest, segment.first - 1);
    readSegment(segment, salvaged);
  }
  return salvaged;
}

function readSegment<R extends NumberedRecord>(segment: Segment, salvaged: Salvaged<R>): void {
  const { path: file } = segment;
  const bytes = contentOf(file);
  // Even a segment without records has a header.
  if (bytes === undefined || bytes.length === 0) {
    salvaged.unreadable.push({ file, line: 0, bytes: 0 });
    return;
  }
  for (let offset = 0, line = 1; offset < bytes.length; line += 1) {
    const { line: lineBytes, next } = lineAt(bytes, offset);
    const text = decodeLine(lineBytes);
    const record = text === undefined ? undefined : recordIn<R>(file, text);
    if (record === undefined) salvaged.unreadable.push({ file, line, bytes: next - offset });
    else if (record !== 'header') take(segment, record, salvaged);
    offset = next;
  }
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Takes a record, unless a later segment takes its place. */
function take<R extends NumberedRecord>({ first, end }: Segment, record: R, salvaged: Salvaged<R>): void {
  if (record.n < first || record.n > end || salvaged.records.has(record.n)) return;
  salvaged.records.set(record.n, record);
  salvaged.highest = Math.max(salvaged.highest, record.n);
}

/** The record or header in the JSON text of an undamaged line; undefined if it is neither. */
function recordIn<R extends NumberedRecord>(file: string, text: string): R | 'header' | undefined {
  const header = parseHeader(text);
  if (header !== undefined) {
    if (header.format > SEGMENT_FORMAT) throw stateTooNew(file, header.format, SEGMENT_FORMAT);
    return 'header';
  }
  try {
    // The checksum says that these are the bytes `append` wrote.
    const record = JSON.parse(text) as R;
    return Number.isSafeInteger(record.n) ? record : undefined;
  } catch {
    return undefined;
  }
}
