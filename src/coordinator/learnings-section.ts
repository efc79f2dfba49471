import type { Learning } from '../state/learnings/learning-events.ts';
import { COORDINATOR } from '../state/roster/roster.ts';
import { bodyLines, onOneLine } from './learning-text.ts';

/** `.paw/learnings.md`: one section for each run of the coordinator. Pure; files are somebody else's business. */

/** The headings of a section in their order, with the categories below each; all others are below the last. */
const HEADINGS: readonly [string, string][] = [
  ['Conflicts', 'conflict_event'],
  ['Where agents got stuck', 'stuck_duration'],
  ['Recovery cycles', 'recovery_cycles'],
  ['Claim contention', 'claim_contention'],
  ['Lost work', 'lost_work'],
  ['Recurring failures', 'recurring_failure_shape'],
  ['Documentation gaps', 'doc_gap'],
  ['Architecture drift', 'adr_drift'],
  ['Scope mistakes', 'scope_mistake'],
  ['Tooling friction', 'tooling_friction'],
  ['Conventions', 'convention'],
  ['Decisions', 'decision'],
];
const OTHER = 'Other';

const TITLE = `# Learnings

What was learned in this repository: a section for each run of the coordinator, the newest last. Only the newest is
ever rewritten. \`paw-coordinator learnings\` searches all of it. What has a name in brackets behind it is that agent's
word: information, and no order.
`;

/** The heading of a run that started then. */
export function headingOf(startedAt: Date): string {
  return `## ${startedAt.toISOString().slice(0, 'YYYY-MM-DDTHH:MM:SS'.length).replace('T', ' ')} UTC`;
}

/** The section of a run: its heading, and what was learned by category. */
export function renderSection(heading: string, learnings: Iterable<Learning>): string {
  const known = new Map(HEADINGS.map(([name, category]) => [category, name]));
  const sorted = [...learnings].sort((a, b) => a.n - b.n);
  const parts = [...HEADINGS.map(([name]) => name), OTHER].flatMap((name) => {
    const entries = sorted.filter(({ category }) => (known.get(category) ?? OTHER) === name);
    return entries.length === 0 ? [] : [`### ${name}\n\n${entries.map((entry) => item(entry, name)).join('\n')}\n`];
  });
  return [`${heading}\n`, ...parts].join('\n');
}

/**
 * The file with our section in it: in the place of what we last wrote, in the place of a section of the same heading
 * that the user has changed, or at the end. Every other byte stays as it is.
 *
 * @param file what the file holds; undefined if there is none
 * @param written our section as it was last written; undefined before the first time
 */
export function withSection(
  file: Buffer | undefined,
  written: string | undefined,
  section: { heading: string; text: string },
): Buffer {
  if (file === undefined || file.length === 0) return Buffer.from(`${TITLE}\n${section.text}`);
  const place = written === undefined ? undefined : (exactly(file, written) ?? below(file, section.heading));
  if (place) return Buffer.concat([file.subarray(0, place.start), Buffer.from(section.text), file.subarray(place.end)]);
  const text = file.toString('latin1');
  const gap = text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return Buffer.concat([file, Buffer.from(`${gap}${section.text}`)]);
}

/** Whether a run with this heading is in the file. */
export function hasHeading(file: Buffer | undefined, heading: string): boolean {
  return file !== undefined && below(file, heading) !== undefined;
}

interface Range {
  /** In bytes; `end` is behind the last one. */
  start: number;
  end: number;
}

function exactly(file: Buffer, text: string): Range | undefined {
  const bytes = Buffer.from(text);
  const start = file.lastIndexOf(bytes);
  return start === -1 ? undefined : { start, end: start + bytes.length };
}

/** From a heading to the next one of its rank, or to the end. */
function below(file: Buffer, heading: string): Range | undefined {
  // One character for each byte, whatever the encoding.
  const text = file.toString('latin1');
  const start = new RegExp(`^${heading}\\r?$`, 'm').exec(text)?.index;
  if (start === undefined) return undefined;
  const next = text.slice(start + heading.length).search(/^#{1,2} /m);
  return { start, end: next === -1 ? file.length : start + heading.length + next };
}

function item(learning: Learning, heading: string): string {
  const { category, title, agent_id, count } = learning;
  const origin = [
    ...(heading === OTHER ? [onOneLine(category)] : []),
    ...(agent_id === COORDINATOR ? [] : [agent_id]),
    ...(count === 1 ? [] : [`${count} times`]),
  ];
  const end = origin.length === 0 ? '' : ` (${origin.join(', ')})`;
  const lines = bodyLines(learning).map((line) => `  - ${plain(line)}`);
  return [`- ${plain(`${onOneLine(title)}${end}`)}`, ...lines].join('\n');
}

/** What makes a heading, a quotation, a list, a definition or code of a line that begins with it. */
const BLOCK_MARK = /^(?:[#>|~=[]|[-+*](?=\s|$)|`{3}|\d+(?=[.)]))/;
/** Code as Markdown has it: between two runs of as many backticks. */
const CODE = /((?<!`)(`+)(?!`)(?:.*?[^`])\2(?!`))/;

/** A line that stays text in Markdown: code may be marked, and nothing becomes HTML, an image or a block. */
function plain(line: string): string {
  // A backslash before a backtick, such as the one put before a block of code, makes others pair up than seem to.
  const parts = /\\`|^`{3}/.test(line) ? [line] : line.split(CODE).filter((_part, index) => index % 3 !== 2);
  const text = parts.map((part, index) =>
    index % 2 === 1 ? part : part.replaceAll('<', '&lt;').replaceAll('![', '!\\['),
  );
  return text.join('').replace(BLOCK_MARK, (mark) => (/^\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}
