import * as z from 'zod';
import { PATH_MAX_CHARS } from './limits.ts';

/** Regions: parts of a file that two agents may change side by side. */

const line = z.int().min(1).max(100_000_000);

export const REGION_KINDS = ['function', 'class', 'block', 'range'] as const;

export const regionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('function'), name: z.string().trim().min(1) }),
  z.strictObject({ kind: z.literal('class'), name: z.string().trim().min(1) }),
  z.strictObject({ kind: z.literal('block'), anchor: z.string().trim().min(1) }),
  z.strictObject({ kind: z.literal('range'), start_line: line, end_line: line }),
]);

/** A part of a file: a named function or class, an anchored block, or lines counted from 1, both ends included. */
export type Region = z.infer<typeof regionSchema>;

/** An entry of a file list as its sender wrote it: `a.ts`, `a.ts#function:login`, or the object form. */
export const fileEntrySchema = z.union([
  z.string().min(1).max(PATH_MAX_CHARS),
  z.strictObject({
    path: z.string().min(1).max(PATH_MAX_CHARS),
    regions: z.array(regionSchema).optional(),
  }),
]);
export type FileEntry = z.infer<typeof fileEntrySchema>;

/**
 * What a claim or an intent is about, after the agent side has looked at the caller's own tree.
 *
 * - `path`: relative to the repository root, `/` between segments, never leading or trailing; `.` is the root.
 *   Shown to people, and compared by `release`.
 * - `glob`: set if the path is a pattern; the picomatch pattern in which literal brackets are already escaped.
 *   Without it the path is literal and covers itself and everything below.
 * - `file`: set if the literal path is a regular file in the caller's tree, so that nothing can be below it.
 * - `region`: the part of the file meant; without it the whole file.
 */
export const targetSchema = z.strictObject({
  path: z.string().min(1).max(PATH_MAX_CHARS),
  glob: z.string().min(1).optional(),
  file: z.literal(true).optional(),
  region: regionSchema.optional(),
});
export type Target = z.infer<typeof targetSchema>;
