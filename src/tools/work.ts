import * as z from 'zod';
import { WORK_PRIORITY_MAX } from '../protocol/limits.ts';
import { STAGES, WORK_ACTIONS, type WorkAction, workRequestSchema } from '../protocol/work.ts';
import { type Fields, SUBAGENT } from './fields.ts';
import { readFiles } from './files.ts';
import { checkInput, type Input, readInput, requireFields } from './input.ts';
import { defineTool } from './tool.ts';

const FIELDS = {
  action: { kind: 'text', values: WORK_ACTIONS },
  id: { kind: 'text', ids: true, description: 'Of an item: w7' },
  title: { kind: 'text', allowed: 'one line' },
  body: { kind: 'text' },
  stage: { kind: 'text', values: STAGES },
  priority: {
    kind: 'integer',
    description: `0-${WORK_PRIORITY_MAX}, default 0; high first`,
    min: 0,
    max: WORK_PRIORITY_MAX,
  },
  depends_on: { kind: 'list', ids: true, description: 'Ids of items that must be done before' },
  paths: { kind: 'files', description: 'Claimed together with it' },
  reason: { kind: 'text' },
  subagent: SUBAGENT,
} satisfies Fields;

/** What one action takes beside `action` and `subagent`, and a valid input for errors. */
interface ActionForm {
  fields: readonly (keyof typeof FIELDS)[];
  required: readonly (keyof typeof FIELDS)[];
  example: object;
}

const DESCRIBED = ['title', 'body', 'priority', 'depends_on', 'paths'] as const;

/** What each action takes. */
export const WORK_FORMS: Readonly<Record<WorkAction, ActionForm>> = {
  list: { fields: ['stage'], required: [], example: { action: 'list', stage: 'current' } },
  show: { fields: ['id'], required: ['id'], example: { action: 'show', id: 'w7' } },
  add: {
    fields: [...DESCRIBED, 'stage'],
    required: ['title'],
    example: {
      action: 'add',
      title: 'Limit logins',
      body: 'At most 5 a minute',
      paths: ['src/auth/'],
      stage: 'current',
    },
  },
  update: {
    fields: ['id', ...DESCRIBED],
    required: ['id'],
    example: { action: 'update', id: 'w7', priority: 10 },
  },
  advance: {
    fields: ['id', 'stage', 'reason'],
    required: ['id'],
    example: { action: 'advance', id: 'w7', stage: 'current' },
  },
  block: {
    fields: ['id', 'reason'],
    required: ['id', 'reason'],
    example: { action: 'block', id: 'w7', reason: 'The API key is missing' },
  },
  unblock: { fields: ['id', 'reason'], required: ['id'], example: { action: 'unblock', id: 'w7' } },
};

/** In a list that is to be emptied, since an empty one counts as not given. */
const NONE = 'none';

const inputSchema = workRequestSchema
  .omit({ call: true, targets: true, skip: true })
  .extend({ paths: z.unknown().optional() });

export const work = defineTool({
  name: 'work',
  title: 'Shared list of work',
  description: `The shared backlog; stages backlog > current > qa > merge > done > archived. Take an item with claim, not here; your commit moves it to qa, verified to merge, its merge to done.
- list: stage. show: id
- add: title, body, paths, depends_on, priority; stage current if it may be taken now (default backlog)
- update: id and what changes
- advance: id, stage (default the next)
- block: id, reason. unblock: id
Returns item, or items.`,
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  fields: FIELDS,
  required: ['action'],
  async handler(raw, { client, tree, signal }) {
    const action = readAction(raw);
    const { fields, required, example } = WORK_FORMS[action];
    const names = ['action', ...fields, 'subagent'] as const;
    const taken = Object.fromEntries(names.map((name) => [name, FIELDS[name]]));
    const input = readInput(
      { name: `work ${action}`, fields: taken, example, synonyms: SYNONYMS, formsWith: actionsWith },
      { ...raw, action },
    );
    requireFields(input, ...required);
    const clears = clearedFields(input);
    const { paths: _, ...request } = checkInput(inputSchema, input);
    const targets = clears.has('paths') ? [] : readFiles(input, 'paths', tree)?.targets;
    return client.request(
      'work',
      {
        ...request,
        ...(clears.has('depends_on') ? { depends_on: [] } : {}),
        ...(targets === undefined ? {} : { targets }),
      },
      { signal },
    );
  },
});

/** Words that models use for what they mean. */
const SYNONYMS: Readonly<Record<string, string>> = { work: 'id', description: 'body', name: 'title' };

function readAction(raw: object): WorkAction {
  const input = readInput(
    { name: 'work', fields: { action: FIELDS.action }, example: WORK_FORMS.list.example },
    'action' in raw ? { action: raw.action } : {},
  );
  requireFields(input, 'action');
  return checkInput(z.object({ action: workRequestSchema.shape.action }), input).action;
}

/** The actions that have a field of this name. */
function actionsWith(name: string): string[] {
  return WORK_ACTIONS.filter((action) => WORK_FORMS[action].fields.some((field) => field === name));
}

/** Fields whose list is to be emptied. They hold nothing else then. */
function clearedFields(input: Input): Set<string> {
  const cleared = new Set<string>();
  for (const field of ['depends_on', 'paths']) {
    const given = input.values[field];
    if (!Array.isArray(given) || given.length !== 1 || given[0] !== NONE) continue;
    cleared.add(field);
    delete input.values[field];
  }
  return cleared;
}
