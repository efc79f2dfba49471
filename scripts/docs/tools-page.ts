import { INSTRUCTIONS } from '../../src/agent/instructions.ts';
import { TOOLS } from '../../src/tools/all.ts';
import { PUBLISH_FORMS } from '../../src/tools/publish-forms.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { WORK_FORMS } from '../../src/tools/work.ts';

/** docs/tools.md: the tools as a model sees them, written from their definitions. */

interface Property {
  type?: string;
  items?: { type?: string };
  enum?: string[];
  minimum?: number;
  maximum?: number;
  description?: string;
}

const HEAD = `# The tools

What a model is told of each tool, word for word. This page is written from the definitions by \`node scripts/docs.mjs\`,
and a test fails when it is not up to date; change \`src/tools/\` and not this page.

Input is folded before it is checked: what is null, blank or empty counts as not given, a single value becomes a list
where a list is meant, \`"20"\` and \`"true"\` become 20 and true, and a number above its maximum becomes the maximum. An
unknown field is refused with the nearest known one. Every answer carries \`inbox\` while there is unread mail.
`;

export function toolsPage(): string {
  return [
    HEAD,
    ...TOOLS.map(toolSection),
    '## What the server says of itself\n',
    ...Object.entries(INSTRUCTIONS).map(([role, text]) => `To a session of role \`${role}\`:\n\n${quoted(text)}\n`),
  ].join('\n');
}

function toolSection(tool: Tool): string {
  const { name, title, description, annotations, inputSchema } = tool;
  const hints = Object.entries(annotations).flatMap(([hint, is]) => (is ? [hint.replace(/Hint$/, '')] : []));
  const kind = hints.length === 0 ? '' : ` (${hints.join(', ')})`;
  return [
    `## ${name}\n`,
    `${title}${kind}.\n`,
    `${quoted(description)}\n`,
    fieldTable(inputSchema),
    ...formsOf(name),
  ].join('\n');
}

function fieldTable(schema: Readonly<Record<string, unknown>>): string {
  const properties = Object.entries(Object(schema.properties)) as [string, Property][];
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const rows = properties.map(([name, property]) =>
    row([`\`${name}\`${required.has(name) ? ' (required)' : ''}`, typeOf(property), property.description ?? '']),
  );
  return [row(['field', 'type', '']), '|---|---|---|', ...rows, ''].join('\n');
}

/** What each form of a tool takes, where it has several: a table of its own. */
function formsOf(tool: string): string[] {
  if (tool === 'publish') return [forms('type', PUBLISH_FORMS)];
  if (tool === 'work') return [forms('action', WORK_FORMS)];
  return [];
}

interface Form {
  fields: readonly string[];
  required: readonly string[];
  reply?: true;
  example: object;
}

function forms(key: string, table: Readonly<Record<string, Form>>): string {
  const rows = Object.entries(table).map(([name, form]) => {
    const needed = [...form.required, ...(form.reply ? ['`re` or `to`'] : [])].map((field) =>
      field.startsWith('`') ? field : `\`${field}\``,
    );
    const optional = form.fields.filter((field) => !form.required.includes(field)).map((field) => `\`${field}\``);
    return row([`\`${name}\``, needed.join(', '), optional.join(', '), `\`${JSON.stringify(form.example)}\``]);
  });
  return [row([key, 'needs', 'takes', 'example']), '|---|---|---|---|', ...rows, ''].join('\n');
}

function typeOf({ type = '', items, enum: values, minimum, maximum }: Property): string {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(' ');
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  return type === 'array' ? `list of ${items?.type ?? 'any'}s` : type;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n>\n');
}
