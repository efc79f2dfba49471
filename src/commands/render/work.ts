import type { WorkEntry, WorkItemView, WorkRow } from '../../protocol/work.ts';
import type { Look } from './look.ts';
import { safeLine, safeLines } from './safe-text.ts';
import { type Cell, table } from './table.ts';

const INDENT = 2;

/** One line for each item: what, where it stands, how important, who holds it, and what is in its way. */
export function workLines(items: readonly WorkRow[], look: Look): string[] {
  const rows = items.map((item): Cell[] => [
    { text: safeLine(item.id), format: 'bold' },
    { text: item.stage, format: 'dim' },
    { text: item.priority === 0 ? '' : `!${item.priority}` },
    { text: safeLine(item.title) },
    { text: safeLine(item.holder ?? ''), format: 'bold' },
    { text: inTheWay(item), format: 'yellow' },
  ]);
  return table(rows, { look, flexible: 3, indent: INDENT });
}

/** An item with its text and its history, oldest first. */
export function workItemLines(item: WorkItemView, look: Look): string[] {
  const facts: [string, string][] = [
    ['held by', item.holder ?? ''],
    ['branch', item.branch ?? ''],
    ['paths', item.paths.join(', ')],
    ['depends on', item.depends_on.join(', ')],
    ['attempts', item.attempts === 0 ? '' : String(item.attempts)],
    ['blocked', item.blocked?.reason ?? ''],
  ];
  const said = facts.filter(([, value]) => value !== '');
  return [
    ...workLines([item], look),
    ...(item.body === '' ? [] : ['', ...indented(item.body)]),
    ...(said.length === 0
      ? []
      : ['', ...said.map(([name, value]) => `  ${look.paint('dim', name)} ${safeLine(value)}`)]),
    '',
    ...table(item.history.map(entryCells), { look, flexible: 3, indent: INDENT }),
    ...(item.output === undefined
      ? []
      : ['', look.paint('dim', '  the last failed run ended with'), ...indented(item.output)]),
  ];
}

function entryCells({ at, event, by, from, to, reason, commit }: WorkEntry): Cell[] {
  const way = from !== undefined && to !== undefined ? `${from} → ${to}` : (to ?? '');
  return [
    { text: at.replace('T', ' ').slice(0, 'YYYY-MM-DD hh:mm:ss'.length), format: 'dim' },
    { text: event === 'moved' ? way : `${event}${way === '' ? '' : ` in ${way}`}` },
    { text: safeLine(by), format: 'bold' },
    { text: safeLine([commit?.slice(0, COMMIT_SHOWN), reason].filter((part) => part !== undefined).join(' ')) },
  ];
}

function inTheWay({ blocked, depends_on, stage }: WorkRow): string {
  if (blocked) return `blocked: ${safeLine(blocked.reason)}`;
  const waits = stage === 'backlog' || stage === 'current' ? depends_on : [];
  return waits.length === 0 ? '' : `after ${waits.map(safeLine).join(', ')}`;
}

function indented(text: string): string[] {
  return safeLines(text).map((line) => ' '.repeat(INDENT) + line);
}

/** Digits of a commit in a line. */
const COMMIT_SHOWN = 12;
