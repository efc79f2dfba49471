import * as z from 'zod';
import type { SegmentName } from '../repository/layout.ts';
import { encodeLine } from './line.ts';

/** The format of segments this version writes, and the newest it reads. Raised when an older one would misread it. */
export const SEGMENT_FORMAT = 1;

const headerSchema = z.object({ format: z.int().min(1), term: z.int(), first: z.int() });
export type SegmentHeader = z.infer<typeof headerSchema>;

/** The first line of a segment. It repeats the file's name, so that a renamed file is noticed. */
export function encodeHeader({ term, first }: SegmentName): string {
  return encodeLine({ format: SEGMENT_FORMAT, term, first } satisfies SegmentHeader);
}

/** The header in this JSON text; undefined if it is none. */
export function parseHeader(text: string): SegmentHeader | undefined {
  try {
    return headerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
