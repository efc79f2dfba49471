import * as z from 'zod';
import { INTENT_TTL_DEFAULT_SECONDS, INTENT_TTL_MAX_SECONDS, PATHS_MAX, SEQ_MAX } from './limits.ts';
import { OWN_LABELS } from './messages.ts';
import { fileEntrySchema } from './targets.ts';

/**
 * What `publish` takes, one exact shape per type. Input reaches these schemas folded: absent values are
 * absent, lists are lists, numbers are numbers. What the advertised schema shows is flat; this is the check.
 */

const text = z.string().trim().min(1);
const recipients = z.array(z.string().trim().min(1)).min(1).max(PATHS_MAX);
const re = z.int().min(1).max(SEQ_MAX);
const files = z.array(fileEntrySchema).min(1).max(PATHS_MAX);
const commit = z
  .string()
  .trim()
  .regex(/^[0-9a-f]{7,64}$/i);

const reply = { re: re.optional(), to: recipients.optional(), urgent: z.boolean().optional() };

export const publishSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('status'),
    status: z.enum(OWN_LABELS),
    text: text.optional(),
    phase: text.optional(),
    files: z.array(fileEntrySchema).max(PATHS_MAX).optional(),
  }),
  z.strictObject({
    type: z.literal('artifact'),
    status: text.default('done'),
    text: text.optional(),
    exports: z.array(text).max(PATHS_MAX).default([]),
    files: files.optional(),
    commit: commit.optional(),
  }),
  z.strictObject({
    type: z.literal('intent'),
    files,
    text,
    valid_for_seconds: z.int().min(1).max(INTENT_TTL_MAX_SECONDS).default(INTENT_TTL_DEFAULT_SECONDS),
  }),
  z.strictObject({
    type: z.literal('blocked'),
    to: recipients.max(1),
    text,
    re: re.optional(),
    urgent: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('question'), text, ...reply }),
  z.strictObject({ type: z.literal('answer'), text, ...reply }),
  z.strictObject({ type: z.literal('feedback'), text: z.array(text).min(1).max(PATHS_MAX), ...reply }),
  z.strictObject({ type: z.literal('note'), text, ...reply }),
  z.strictObject({
    type: z.literal('verified'),
    re: re.optional(),
    to: recipients.optional(),
    commit: commit.optional(),
    text: text.optional(),
  }),
  z.strictObject({
    type: z.literal('advanced-main'),
    merged_branch: text,
    commit: commit.optional(),
    base: text.optional(),
    text: text.optional(),
  }),
]);

export type PublishInput = z.infer<typeof publishSchema>;
export type PublishOf<T extends PublishInput['type']> = Extract<PublishInput, { type: T }>;
