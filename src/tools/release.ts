import * as z from 'zod';
import { missingOneOf } from '../errors/input.ts';
import { releaseRequestSchema } from '../protocol/requests.ts';
import { type Fields, SUBAGENT } from './fields.ts';
import { readFiles, targetText } from './files.ts';
import { checkInput, readInput } from './input.ts';
import { defineTool } from './tool.ts';

const FIELDS: Fields = {
  paths: { kind: 'files', description: 'As you claimed them' },
  names: { kind: 'list' },
  work: { kind: 'list', ids: true },
  all: { kind: 'boolean', description: 'Everything you hold' },
  subagent: SUBAGENT,
};

/** The request's fields that an agent may set, and `paths`, which are resolved first. */
const inputSchema = releaseRequestSchema.omit({ call: true, force: true }).extend({ paths: z.unknown().optional() });

export const release = defineTool({
  name: 'release',
  title: 'Give claims back',
  description: 'Give claims back, as soon as your changes there are committed or dropped. Returns released.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  fields: FIELDS,
  async handler(raw, { client, tree, signal }) {
    const input = readInput({ name: 'release', fields: FIELDS, example: { paths: ['src/auth/login.ts'] } }, raw);
    const { paths: _, ...params } = checkInput(inputSchema, input);
    const paths = readFiles(input, 'paths', tree)?.targets.map(targetText) ?? [];
    if (paths.length === 0 && params.names.length === 0 && params.work.length === 0 && !params.all) {
      throw missingOneOf(input.call, ['paths', 'names', 'work', 'all'], 'say what to give back');
    }
    return client.request('release', { ...params, paths }, { signal });
  },
});
