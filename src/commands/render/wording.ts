import type { StoredType } from '../../protocol/messages.ts';

/** Names of a commit are shown with this many digits. */
const COMMIT_DIGITS = 7;
/** Paths named in one line; the rest are counted. */
const PATHS_NAMED = 3;

/** What is said about a stored type in front of its text; a type without an entry is shown by its own name. */
const KINDS: Partial<Record<StoredType, string>> = {
  'agent.advanced-main': 'merged',
  'supervisor.verify-now': 'verify now',
};

/** The word for a type: `question`, `verify now`, `conflict`. */
export function kindOf(type: StoredType): string {
  return KINDS[type] ?? type.slice(type.indexOf('.') + 1);
}

/**
 * A message in words, as it was written: line breaks and control characters are still in it. Payloads of a
 * later version are shown by whatever texts they have.
 */
export function wording(type: StoredType, payload: object): string {
  const fields = new Map<string, unknown>(Object.entries(payload));
  const text = (name: string): string => (typeof fields.get(name) === 'string' ? String(fields.get(name)) : '');
  const list = (name: string): string[] => pathsIn(fields.get(name));
  switch (type) {
    case 'agent.status':
      return joined([sentence(text('status'), text('message')), text('phase'), files(list('modified_files'))]);
    case 'agent.artifact':
      return joined([
        sentence(text('status'), text('message')),
        labelled('exports', list('exports').join(', ')),
        labelled('commit', commit(text('commit'))),
        files(list('modified_files')),
      ]);
    case 'agent.intent':
      return joined([text('summary'), files(list('files'))]);
    case 'agent.feedback':
      return list('errors').join('\n');
    case 'agent.verified':
      return joined([`${text('branch_id')} ${commit(text('commit'))}`.trim(), text('message')]);
    case 'agent.advanced-main':
      return joined([`${text('merged_branch')} into ${text('base')}`, commit(text('new_main_sha')), text('summary')]);
    case 'agent.learning':
      return sentence(text('category'), text('title'));
    case 'supervisor.verify-now':
      return joined([`${text('branch_id')} ${commit(text('commit'))}`.trim(), labelled('gate', text('gate'))]);
    default:
      return firstOf([text('text'), text('question'), text('answer'), text('needs'), JSON.stringify(payload)]);
  }
}

/** The first digits of a commit's name. */
export function commit(name: string): string {
  return name.slice(0, COMMIT_DIGITS);
}

/** `1 file`, `3 files`: a count with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Paths of a list, whose entries are texts or objects with a path. */
function pathsIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: unknown) => {
    if (typeof entry === 'object' && entry !== null && 'path' in entry) return String(entry.path);
    return String(entry);
  });
}

function files(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const named = paths.slice(0, PATHS_NAMED).join(', ');
  const rest = paths.length - PATHS_NAMED;
  return `[${rest > 0 ? `${named} and ${rest} more` : named}]`;
}

function sentence(label: string, text: string): string {
  return text === '' ? label : `${label}: ${text}`;
}

function labelled(label: string, text: string): string {
  return text === '' ? '' : `${label} ${text}`;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}

function firstOf(texts: readonly string[]): string {
  return texts.find((text) => text !== '') ?? '';
}
