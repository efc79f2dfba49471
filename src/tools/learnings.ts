import * as z from 'zod';
import { missingField, notTogether, wrongValue } from '../errors/input.ts';
import { LEARNING_TITLE_MAX_CHARS, LEARNINGS_LIMIT_DEFAULT, LEARNINGS_LIMIT_MAX } from '../protocol/limits.ts';
import { type LearningsRequest, learningsRequestSchema } from '../protocol/requests.ts';
import { allowedIn, type Fields, SUBAGENT } from './fields.ts';
import { readFiles, targetText } from './files.ts';
import { isEmpty } from './fold.ts';
import { checkInput, type Input, nameOf, nameWithin, readInput } from './input.ts';
import { defineTool } from './tool.ts';

const FIELDS: Fields = {
  query: { kind: 'text', description: 'Words; misspellings are forgiven' },
  paths: { kind: 'files', description: 'What concerns these files comes first' },
  category: {
    kind: 'text',
    description:
      'doc_gap, convention, decision, tooling_friction, recurring_failure_shape, scope_mistake, adr_drift, or your own',
  },
  branch: { kind: 'text' },
  limit: {
    kind: 'integer',
    description: `1-${LEARNINGS_LIMIT_MAX}, default ${LEARNINGS_LIMIT_DEFAULT}`,
    min: 1,
    max: LEARNINGS_LIMIT_MAX,
  },
  record: { kind: 'object', description: 'The lesson in one sentence; needs category' },
  details: { kind: 'object', description: 'More about the lesson' },
  subagent: SUBAGENT,
};

const SEARCH_EXAMPLE = { query: 'flaky tests', paths: ['src/auth/'] };
const RECORD_EXAMPLE = { record: 'Run the tests with TZ=UTC, or dates are off by one', category: 'tooling_friction' };

/** The request's plain fields; the others are read by hand. */
const inputSchema = learningsRequestSchema
  .omit({ call: true, record: true })
  .extend({ paths: z.unknown().optional(), record: z.unknown().optional(), details: z.unknown().optional() });
const titleSchema = learningsRequestSchema.shape.record.unwrap().shape.title;
const TITLE_ALLOWED = `the lesson in one sentence of at most ${LEARNING_TITLE_MAX_CHARS.toLocaleString('en')} characters`;

type LearningRecord = NonNullable<LearningsRequest['record']>;

export const learnings = defineTool({
  name: 'learnings',
  title: 'Search or keep lessons',
  description:
    'Search what agents learned about this repository. Or keep, with record, what cost you time and no document says. Returns learnings [{id, category, title, body}], or recorded {id, new}.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  fields: FIELDS,
  async handler(raw, { client, tree, signal }) {
    const isRecord = 'record' in raw || 'details' in raw;
    const example = isRecord ? RECORD_EXAMPLE : SEARCH_EXAMPLE;
    const input = readInput({ name: 'learnings', fields: FIELDS, example }, raw);
    const { paths: _, record, details, category, query, limit, ...rest } = checkInput(inputSchema, input);
    const paths = readFiles(input, 'paths', tree)?.targets.map(targetText);

    if (record === undefined) {
      if (wasMeantToRecord(input)) throw missingField(input.call, nameOf(input, 'record'), TITLE_ALLOWED);
      const search = { ...rest, limit, ...given({ query, category, paths }) };
      return client.request('learnings', search, { signal });
    }
    if (query !== undefined) throw notTogether(input.call, 'record', 'query', 'keep a lesson or search for one');
    const kept = readRecord(input, { record, details, category, paths });
    return client.request('learnings', { ...rest, record: kept }, { signal });
  },
});

/** Whether a call without a record was not to be a search: it has what only a record has, or a blank one and a category. */
function wasMeantToRecord({ values, written }: Input): boolean {
  if (values.details !== undefined) return true;
  return written.has('record') && values.category !== undefined && values.query === undefined;
}

interface RecordParts {
  record: unknown;
  details: unknown;
  category: string | undefined;
  paths: string[] | undefined;
}

/** Both forms of a record: the sentence with fields beside it, and `{category, title, body}`. */
function readRecord(input: Input, { record, details, category, paths }: RecordParts): LearningRecord {
  const form = isPlainObject(record) ? record : undefined;
  const {
    title,
    category: own = category,
    body = {},
    ...strangers
  }: Record<string, unknown> = form ?? { title: record };
  const bad = (field: string, allowed: string, value: unknown) =>
    wrongValue(
      input.call,
      form === undefined ? nameOf(input, 'record') : nameWithin(input, 'record', [field]),
      allowed,
      value,
    );

  if (Object.keys(strangers).length > 0) {
    throw wrongValue(
      input.call,
      nameOf(input, 'record'),
      'one sentence, or an object with category, title and body only',
      record,
    );
  }
  const checked = titleSchema.safeParse(title);
  if (!checked.success) throw bad('title', TITLE_ALLOWED, title ?? null);
  if (own === undefined) {
    throw missingField(
      input.call,
      { name: 'category' },
      `${allowedIn({ kind: 'text' })} such as convention or doc_gap`,
    );
  }
  if (typeof own !== 'string') throw bad('category', 'a text', own);
  if (!isPlainObject(body)) throw bad('body', 'an object', body);
  const said = { ...body, ...(isPlainObject(details) ? details : given({ details })) };
  const isSentence = form === undefined || isEmpty(said);
  const whole = { ...said, ...given({ paths }) };
  return {
    category: own,
    title: checked.data,
    body: whole,
    // Without a body there is nothing else that could tell it from another.
    ...(isSentence && !isEmpty(whole) ? { sentence: true } : {}),
  };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same object without the properties that hold nothing. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
