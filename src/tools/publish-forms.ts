import { INTENT_TTL_DEFAULT_SECONDS, INTENT_TTL_MAX_SECONDS, SEQ_MAX } from '../protocol/limits.ts';
import { OWN_LABELS, type PublishType } from '../protocol/messages.ts';
import { type Field, type Fields, SUBAGENT } from './fields.ts';

/** Every field of `publish`, as advertised. */
export const PUBLISH_FIELDS = {
  type: { kind: 'text' },
  text: { kind: 'text' },
  to: { kind: 'list', description: 'Agent ids or branches; note: or "all"' },
  re: {
    kind: 'integer',
    description: '1-999999999: seq of the message you reply to; to is then its sender',
    min: 1,
    max: SEQ_MAX,
  },
  urgent: { kind: 'boolean', description: 'Only if the reader must stop its work' },
  files: {
    kind: 'files',
    description: 'path, folder/, glob, or part of a file: a.ts#function:login, a.ts#class:User, a.ts#L10-L30',
  },
  status: { kind: 'text', description: 'working, idle or done' },
  phase: { kind: 'text' },
  exports: { kind: 'list' },
  commit: {
    kind: 'text',
    description: 'Default: the one re is about, else the tip',
    allowed: 'a commit id of 7 to 64 hexadecimal digits',
  },
  merged_branch: { kind: 'text' },
  base: { kind: 'text', description: "Default: main worktree's branch" },
  valid_for_seconds: {
    kind: 'integer',
    description: `intent: 1-${INTENT_TTL_MAX_SECONDS}, default ${INTENT_TTL_DEFAULT_SECONDS}`,
    min: 1,
    max: INTENT_TTL_MAX_SECONDS,
  },
  subagent: SUBAGENT,
} satisfies Fields;

type FieldName = keyof typeof PUBLISH_FIELDS;

/** What one type of message takes. */
export interface PublishForm {
  fields: readonly FieldName[];
  required: readonly FieldName[];
  /** Whether `re` or `to` has to say who it is for. */
  reply?: true;
  /** Names under which the message is stored, accepted for the fields they come from. */
  synonyms?: Readonly<Record<string, FieldName>>;
  /** Fields that are narrower or wider in this type. */
  special?: Readonly<Partial<Record<FieldName, Field>>>;
  example: { type: PublishType } & Record<string, unknown>;
}

const MESSAGE = { message: 'text', modified_files: 'files' } as const;

export const PUBLISH_FORMS: Readonly<Record<PublishType, PublishForm>> = {
  status: {
    fields: ['status', 'text', 'phase', 'files'],
    required: ['status'],
    synonyms: MESSAGE,
    special: { status: { kind: 'text', values: OWN_LABELS } },
    example: { type: 'status', status: 'working', text: 'Token check' },
  },
  artifact: {
    fields: ['status', 'text', 'exports', 'files', 'commit'],
    required: [],
    synonyms: MESSAGE,
    special: { status: { kind: 'text' } },
    example: { type: 'artifact', text: 'Token check is done', exports: ['verifyToken'] },
  },
  intent: {
    fields: ['files', 'text', 'valid_for_seconds'],
    required: ['files', 'text'],
    synonyms: { summary: 'text' },
    example: { type: 'intent', files: ['src/auth/', 'src/api.ts#function:login'], text: 'New token check' },
  },
  blocked: {
    fields: ['to', 'text', 're', 'urgent'],
    required: ['to', 'text'],
    synonyms: { needs: 'text', from: 'to' },
    special: { to: { kind: 'list', allowed: 'one agent id or branch' } },
    example: { type: 'blocked', to: 'feat-api', text: 'The signature of verifyToken' },
  },
  question: {
    fields: ['text', 'to', 're', 'urgent'],
    required: ['text'],
    synonyms: { question: 'text' },
    example: { type: 'question', text: 'May v1 of the API go?' },
  },
  answer: {
    fields: ['text', 're', 'to', 'urgent'],
    required: ['text'],
    reply: true,
    synonyms: { answer: 'text' },
    example: { type: 'answer', re: 12, text: 'Keep v1' },
  },
  feedback: {
    fields: ['text', 're', 'to', 'urgent'],
    required: ['text'],
    reply: true,
    synonyms: { errors: 'text' },
    special: { text: { kind: 'lines' } },
    example: { type: 'feedback', re: 12, text: 'login() accepts an expired token' },
  },
  note: {
    fields: ['text', 'to', 're', 'urgent'],
    required: ['text'],
    reply: true,
    example: { type: 'note', to: 'all', text: 'The build is fixed' },
  },
  verified: {
    fields: ['re', 'to', 'commit', 'text'],
    required: [],
    reply: true,
    synonyms: { message: 'text' },
    example: { type: 'verified', re: 12 },
  },
  'advanced-main': {
    fields: ['merged_branch', 'commit', 'base', 'text'],
    required: ['merged_branch'],
    synonyms: { new_main_sha: 'commit', summary: 'text' },
    example: { type: 'advanced-main', merged_branch: 'feat/auth' },
  },
};

/** The fields of one type, `type` first and `subagent` last. */
export function fieldsOf(form: PublishForm): Fields {
  const names: readonly FieldName[] = ['type', ...form.fields, 'subagent'];
  return Object.fromEntries(names.map((name) => [name, form.special?.[name] ?? PUBLISH_FIELDS[name]]));
}

/** The types that have a field of this name, also as a stored name. */
export function typesWith(name: string): string[] {
  return Object.entries(PUBLISH_FORMS)
    .filter(([, form]) => form.fields.some((field) => field === name) || Object.hasOwn(form.synonyms ?? {}, name))
    .map(([type]) => type);
}
