import { readFileSync } from 'node:fs';
import { PawError } from '../errors/paw-error.ts';
import { recordsMissing, stateFileForbidden, stateTooNew } from '../errors/storage.ts';
import { errorCode } from '../repository/error-code.ts';
import { decodeLine, hasValidLineAfter, lineAt } from './line.ts';
import type { NumberedRecord } from './rules.ts';
import { encodeHeader, parseHeader, SEGMENT_FORMAT } from './segment-header.ts';
import { listSegments, type Segment } from './segments.ts';

/** What the operating system answers to a user who may not read a file. */
const FORBIDDEN = new Set(['EACCES', 'EPERM']);

/** A place in the journal at which reading had to stop. */
export interface Damage {
  file: string;
  /** Line, from 1. */
  line: number;
  /** Where that line begins, in bytes. */
  offset: number;
  problem: string;
  /** Nothing valid follows, in this segment or a later one: what a crash during a write leaves. */
  atEnd: boolean;
}

export interface Replayed {
  /** Number of the last record applied, or `after`. */
  last: number;
  /** Bytes of the records applied. */
  bytes: number;
  damage: Damage | undefined;
}

/**
 * Hands the records after number `after` to `apply`, in order and without a gap.
 *
 * @param through the last record to read; what lies behind it is not looked at
 * @throws PawError `storage` if whole records are missing, `environment` if a segment is of a later format or belongs
 *   to another user
 */
export function replay<R extends NumberedRecord>(
  { journal, after, through = Number.POSITIVE_INFINITY }: { journal: string; after: number; through?: number },
  apply: (record: R) => void,
): Replayed {
  const replayed: Replayed = { last: after, bytes: 0, damage: undefined };
  for (const segment of listSegments(journal)) {
    const end = Math.min(segment.end, through);
    if (end < segment.first || segment.end <= after) continue;
    if (segment.first > replayed.last + 1) throw recordsMissing(journal, replayed.last + 1, segment.first - 1);
    readSegment(segment, end, replayed, apply);
    if (replayed.damage) return replayed;
    if (segment.end !== Number.POSITIVE_INFINITY && replayed.last < end) {
      throw recordsMissing(journal, replayed.last + 1, segment.end);
    }
  }
  return replayed;
}

/** Reads a segment up to record `end`, and moves `replayed` on. */
function readSegment<R extends NumberedRecord>(
  segment: Segment,
  end: number,
  replayed: Replayed,
  apply: (record: R) => void,
): void {
  const stop = (line: number, offset: number, problem: string, atEnd: boolean): void => {
    replayed.damage = { file: segment.path, line, offset, problem, atEnd };
  };
  const bytes = read(segment.path);
  if (typeof bytes === 'string') {
    stop(1, 0, bytes, false);
    return;
  }
  const isLast = segment.end === Number.POSITIVE_INFINITY;
  if (isBeginOf(bytes, Buffer.from(encodeHeader(segment)))) {
    stop(1, 0, bytes.length === 0 ? 'the file is empty' : 'the file ends within its first line', isLast);
    return;
  }
  let number = segment.first - 1;
  for (let offset = 0, line = 0; offset < bytes.length && number < end; ) {
    line += 1;
    const { line: lineBytes, next } = lineAt(bytes, offset);
    const text = decodeLine(lineBytes);
    if (text === undefined) {
      // A segment has its header before it has its name, so a first line that says something else was no crash.
      const atEnd = isLast && line > 1 && !hasValidLineAfter(bytes, offset);
      stop(line, offset, 'the line does not match its checksum', atEnd);
      return;
    }
    if (line === 1) {
      const problem = checkHeader(segment, text);
      if (problem !== undefined) {
        stop(line, offset, problem, false);
        return;
      }
    } else {
      number += 1;
      const problem = number > replayed.last ? applyText(text, number, apply) : undefined;
      if (problem !== undefined) {
        stop(line, offset, problem, false);
        return;
      }
      if (number > replayed.last) {
        replayed.last = number;
        replayed.bytes += next - offset;
      }
    }
    offset = next;
  }
}

/** Whether there are only the first bytes of a line: whatever followed was cut off with its newline. */
function isBeginOf(bytes: Buffer, line: Buffer): boolean {
  return bytes.length < line.length - 1 && line.subarray(0, bytes.length).equals(bytes);
}

/** The content of a segment, or why it cannot be read. What is only forbidden is not damaged. */
function read(path: string): Buffer | string {
  try {
    return readFileSync(path);
  } catch (error) {
    if (FORBIDDEN.has(errorCode(error) ?? '')) throw stateFileForbidden(path, error);
    return `it cannot be read (${messageOf(error)})`;
  }
}

function checkHeader(segment: Segment, text: string): string | undefined {
  const header = parseHeader(text);
  if (header === undefined) return 'the line is no header of a segment';
  if (header.format > SEGMENT_FORMAT) throw stateTooNew(segment.path, header.format, SEGMENT_FORMAT);
  if (header.term === segment.term && header.first === segment.first) return undefined;
  return `the file was written as term ${header.term}, record ${header.first}, and has been renamed`;
}

/** Applies the record in `text`, which must be number `number`; returns what is wrong with it, if anything. */
function applyText<R extends NumberedRecord>(
  text: string,
  number: number,
  apply: (record: R) => void,
): string | undefined {
  try {
    // The checksum says that these are the bytes `append` wrote.
    const record = JSON.parse(text) as R;
    if (record.n !== number) return `record ${number} is expected there, and number ${record.n} found`;
    apply(record);
    return undefined;
  } catch (error) {
    if (error instanceof PawError) throw error;
    return `record ${number} cannot be applied (${messageOf(error)})`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
