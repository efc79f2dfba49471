/** The body of a learning in words, for people: the fields of a known category in their order, any others as they come. */

/** What is shown of a learning. */
export interface Shown {
  category: string;
  title: string;
  body?: Record<string, unknown>;
}

/** The fields of the known categories, in the order in which they are read; docs/learnings.md describes them. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['recurring_failure_shape', ['symptom', 'cause', 'fix', 'seen_in']],
  ['doc_gap', ['missing', 'where', 'answer']],
  ['adr_drift', ['adr', 'decided', 'actual']],
  ['scope_mistake', ['asked', 'done', 'commit']],
  ['tooling_friction', ['tool', 'problem', 'workaround']],
  ['convention', ['rule', 'why', 'example']],
  ['decision', ['decision', 'why', 'alternatives']],
  ['stuck_duration', ['needs']],
  ['recovery_cycles', ['commit']],
]);

/** Categories of what the coordinator finds: what else their bodies hold is in the title. */
const FOUND = new Set(['conflict_event', 'stuck_duration', 'recovery_cycles', 'claim_contention', 'lost_work']);
/** Fields that are shown elsewhere. */
const ELSEWHERE = new Set(['branch']);

/** One line for each field of the body that the title does not tell, as in `workaround: set TZ=UTC`. */
export function bodyLines({ category, title, body = {} }: Shown): string[] {
  const known = FIELDS.get(category) ?? [];
  const others = FOUND.has(category) ? ['paths', 'names'] : Object.keys(body).sort(pathsLast);
  return [...new Set([...known, ...others])].flatMap((field) => {
    const value = body[field];
    if (isNothing(value) || ELSEWHERE.has(field) || isTold(title, value)) return [];
    return [`${onOneLine(field.replaceAll('_', ' '))}: ${inWords(value)}`];
  });
}

/** A value on one line: lists of plain values with commas, anything deeper as JSON. */
function inWords(value: unknown): string {
  if (typeof value === 'string') return onOneLine(value);
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null))
    return value.map((item) => onOneLine(String(item))).join(', ');
  return onOneLine(JSON.stringify(value) ?? '');
}

/** Text without line breaks, and without characters that are not to be seen; some scripts need the two that join. */
export function onOneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '')
    .trim();
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function isTold(title: string, value: unknown): boolean {
  return (Array.isArray(value) ? value : [value]).every((item) => typeof item === 'string' && title.includes(item));
}

function pathsLast(a: string, b: string): number {
  return Number(a === 'paths') - Number(b === 'paths');
}
