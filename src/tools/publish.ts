import { messageTooLong, missingField, missingOneOf, textTooLong, wrongValue } from '../errors/input.ts';
import { MESSAGE_MAX_BYTES, TEXT_MAX_BYTES } from '../protocol/limits.ts';
import { PUBLISH_TYPES, type PublishType } from '../protocol/messages.ts';
import { type PublishInput, publishSchema } from '../protocol/publish.ts';
import { readFiles } from './files.ts';
import { isEmpty } from './fold.ts';
import { checkInput, type Input, nameOf, readInput, requireFields } from './input.ts';
import { fieldsOf, PUBLISH_FIELDS, PUBLISH_FORMS, typesWith } from './publish-forms.ts';
import { defineTool } from './tool.ts';

/** Under this prefix messages are stored; models repeat what they read. */
const STORED_PREFIX = 'agent.';

const DESCRIPTION = `Send other agents a message, or set your own label in the roster. You are named as the sender. By type:
- status: status, text. Your label; mailed to nobody
- artifact: your task is finished; exports = what others can now use. Commits are seen without a message
- intent: files, text. What you plan to change; warns of overlaps, blocks nobody (claim does)
- blocked: to, text. You need something from that agent
- question: text; to is the supervisor by default
- answer, feedback (defects to fix): text, re or to
- note: text, to
- verified (supervisor; that commit is good): re or to
- advanced-main (supervisor, after a merge): merged_branch
Returns seq, to, offline (not connected: do not wait for them), conflicts.`;

export const publish = defineTool({
  name: 'publish',
  title: 'Tell other agents',
  description: DESCRIPTION,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  fields: { ...PUBLISH_FIELDS, type: { kind: 'text', values: PUBLISH_TYPES } },
  required: ['type'],
  async handler(raw, { client, tree, signal }) {
    const type = readType(raw);
    const form = PUBLISH_FORMS[type];
    const input = readInput(
      {
        name: `publish ${type}`,
        fields: fieldsOf(form),
        example: form.example,
        synonyms: form.synonyms ?? {},
        formsWith: typesWith,
      },
      { ...raw, type },
    );
    requireFields(input, ...form.required);
    if (form.reply && input.values.re === undefined && input.values.to === undefined) {
      throw missingOneOf(input.call, ['re', 'to'], 'say which message you reply to, or whom you mean');
    }
    refuseOversize(input);

    const files = readFiles(input, 'files', tree);
    const { subagent, ...values } = input.values;
    const message: PublishInput = checkInput(publishSchema, {
      ...input,
      values: files === undefined ? values : { ...values, files: files.entries },
    });
    return client.request(
      'publish',
      {
        input: message,
        ...(files !== undefined && { targets: files.targets }),
        ...(subagent !== undefined && { subagent: checkSubagent(input, subagent) }),
      },
      { signal },
    );
  },
});

/** @throws PawError `invalid` if the type is missing or unknown */
function readType(raw: object): PublishType {
  const given: unknown = 'type' in raw ? raw.type : undefined;
  const name = typeof given === 'string' ? given.trim().replace(STORED_PREFIX, '') : given;
  const type = PUBLISH_TYPES.find((known) => known === name);
  if (type !== undefined) return type;
  const call = { name: 'publish', takes: Object.keys(PUBLISH_FIELDS), example: PUBLISH_FORMS.question.example };
  const allowed = `one of ${PUBLISH_TYPES.join(', ')}`;
  throw isEmpty(given)
    ? missingField(call, { name: 'type' }, allowed)
    : wrongValue(call, { name: 'type' }, allowed, given);
}

/** The coordinator measures what it stores; this spares the way for what cannot pass. */
function refuseOversize(input: Input): void {
  for (const [field, value] of Object.entries(input.values)) {
    const kind = input.fields[field]?.kind;
    if (kind !== 'text' && kind !== 'lines') continue;
    const bytes = Buffer.byteLength(Array.isArray(value) ? value.join('\n') : String(value));
    if (bytes > TEXT_MAX_BYTES) {
      const size = { bytes, textMax: TEXT_MAX_BYTES, messageMax: MESSAGE_MAX_BYTES };
      throw textTooLong(input.call, nameOf(input, field), size);
    }
  }
  const bytes = Buffer.byteLength(JSON.stringify(input.values));
  if (bytes > MESSAGE_MAX_BYTES) throw messageTooLong(input.call, { bytes, messageMax: MESSAGE_MAX_BYTES });
}

function checkSubagent(input: Input, given: unknown): string {
  if (typeof given !== 'string') throw wrongValue(input.call, nameOf(input, 'subagent'), 'a short name', given);
  return given;
}
