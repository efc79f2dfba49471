import * as z from 'zod';
import { missingOneOf } from '../errors/input.ts';
import {
  CLAIM_TTL_DEFAULT_SECONDS,
  CLAIM_TTL_MAX_SECONDS,
  CLAIM_TTL_MIN_SECONDS,
  WAIT_MAX_SECONDS,
} from '../protocol/limits.ts';
import { claimRequestSchema } from '../protocol/requests.ts';
import { type Fields, SUBAGENT } from './fields.ts';
import { readFiles } from './files.ts';
import { checkInput, readInput } from './input.ts';
import { defineTool } from './tool.ts';

const FIELDS: Fields = {
  paths: {
    kind: 'files',
    description: 'From the repository root: file, folder/, glob, or part of a file (a.ts#L10-L30)',
  },
  names: { kind: 'list', description: 'Locks on what is no file: build, port:3000' },
  work: { kind: 'text', ids: true, description: 'Item id' },
  next: { kind: 'boolean', description: 'The best open work item' },
  reason: { kind: 'text', description: 'Shown to whoever is refused' },
  mode: { kind: 'text', description: 'exclusive (default) or shared', values: ['exclusive', 'shared'] },
  wait_seconds: {
    kind: 'integer',
    description: `0-${WAIT_MAX_SECONDS}, default 0: how long to wait for the holder`,
    min: 0,
    max: WAIT_MAX_SECONDS,
    allowed: `a number from 0 to ${WAIT_MAX_SECONDS}`,
  },
  queue: { kind: 'boolean', description: 'Return at once; the grant comes by mail' },
  ttl_seconds: {
    kind: 'integer',
    description: `${CLAIM_TTL_MIN_SECONDS}-${CLAIM_TTL_MAX_SECONDS}, default ${CLAIM_TTL_DEFAULT_SECONDS}`,
    min: CLAIM_TTL_MIN_SECONDS,
    max: CLAIM_TTL_MAX_SECONDS,
  },
  subagent: SUBAGENT,
};

/** The request's own fields, and `paths`, which are resolved before they become its targets. */
const inputSchema = claimRequestSchema.omit({ targets: true, call: true }).extend({ paths: z.unknown().optional() });

export const claim = defineTool({
  name: 'claim',
  title: 'Reserve files',
  description:
    "Reserve paths, names or a work item (work, or next) before your first edit. You get all or none; whatever you do renews them. Returns granted, claims, conflicts (others' plans there), learnings about these files, item. A refusal is no error: blocked_by says who holds it, why and for how long. Then work elsewhere, ask the holder, or claim again with wait_seconds or queue.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  fields: FIELDS,
  async handler(raw, { client, tree, signal }) {
    const example = { paths: ['src/auth/login.ts'], reason: 'rate limits' };
    const input = readInput({ name: 'claim', fields: FIELDS, example }, raw);
    const { paths: _, ...params } = checkInput(inputSchema, input);
    const targets = readFiles(input, 'paths', tree)?.targets ?? [];
    if (targets.length === 0 && params.names.length === 0 && params.work === undefined && !params.next) {
      throw missingOneOf(input.call, ['paths', 'names', 'work', 'next'], 'a claim is on something');
    }
    return client.request('claim', { ...params, targets }, { signal });
  },
});
