import type { RosterRow, StatusAnswer } from '../../protocol/answers.ts';
import { claimLines } from './claims.ts';
import type { Format, Look } from './look.ts';
import { safeLine } from './safe-text.ts';
import { type Cell, table } from './table.ts';
import { span } from './time.ts';
import { cut, wrap } from './width.ts';
import { counted } from './wording.ts';

const INDENT = 2;

const LABEL_FORMATS: Record<string, Format> = {
  working: 'cyan',
  intent: 'cyan',
  blocked: 'red',
  committed: 'yellow',
  verified: 'green',
  done: 'green',
};

/** Who is here, what each does, holds and waits for, and what asks for a person; for a terminal. */
export function renderStatus(answer: StatusAnswer, look: Look): string[] {
  const agents = answer.agents.filter((row) => row.agent_id !== answer.you || answer.agents.length === 1);
  return [
    ...agentLines(agents, look),
    ...offlineLine(
      (answer.offline ?? []).filter((id) => id !== answer.you),
      look,
    ),
    ...section('Claims', [...claimLines(answer.claims ?? [], look), ...moreClaims(answer)], look),
    ...section('Conflicts', conflictLines(answer.conflicts ?? [], look), look),
    ...section('Open questions', questionLines(answer.questions ?? [], answer.you, look), look),
    ...section('Work', workLine(answer.work ?? {}), look),
    ...section('Sent', outboxLines(answer.outbox ?? [], look), look),
    '',
    ...mailLine(answer, look),
    ...learningsLine(answer, look),
    look.paint('dim', `coordinator ${answer.version}, up ${span(answer.uptime_seconds)}`),
  ];
}

function agentLines(rows: readonly RosterRow[], look: Look): string[] {
  if (rows.length === 0) {
    const hint = 'No agent has connected yet. Register the server with your client: see README.md, "Register".';
    return look.fits ? wrap(hint, look.width) : [hint];
  }
  const lines = table(rows.map(agentCells), { look, flexible: 4, indent: 0 });
  return rows.flatMap((row, index) => [lines[index] ?? '', ...detailLines(row, look)]);
}

function agentCells(row: RosterRow): Cell[] {
  const isHere = row.online === true;
  const phase = row.phase === undefined ? '' : ` (${row.phase})`;
  const pause = row.paused === undefined ? '' : ', paused';
  const format = row.paused === undefined ? (LABEL_FORMATS[row.status] ?? 'dim') : 'yellow';
  const files = Array.isArray(row.modified_files) ? row.modified_files.length : (row.modified_files ?? 0);
  return [
    isHere ? { text: '●', format: 'green' } : { text: '○', format: 'dim' },
    { text: safeLine(nameOf(row)), format: isHere ? 'bold' : 'dim' },
    { text: safeLine(`${row.status}${phase}${pause}`), format },
    { text: row.last_seen_seconds === undefined ? '' : span(row.last_seen_seconds), format: 'dim' },
    { text: safeLine(row.summary ?? '') },
    { text: files === 0 ? '' : counted(files, 'file'), format: 'dim' },
    { text: row.claims === undefined ? '' : counted(row.claims, 'claim'), format: 'dim' },
    { text: row.unread === undefined ? '' : `${row.unread} unread`, format: 'yellow' },
  ];
}

/** In the short form the branch follows the id where it says more. */
function nameOf({ agent_id, branch, role, worktree }: RosterRow): string {
  const isTelling = branch !== undefined && role !== 'supervisor' && worktree === undefined;
  return isTelling ? `${agent_id} (${branch})` : agent_id;
}

/** Why an agent is paused, and what the full form adds to a row. */
function detailLines(row: RosterRow, look: Look): string[] {
  const details: [string, string | undefined][] = [
    ['paused:', row.paused],
    ['branch', row.worktree === undefined ? undefined : row.branch],
    ['worktree', row.worktree],
    ['client', row.client],
    ['files', Array.isArray(row.modified_files) ? row.modified_files.join(', ') : undefined],
  ];
  return details.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [fitted(`    ${name} ${safeLine(value)}`, look, 'dim')],
  );
}

function offlineLine(ids: readonly string[], look: Look): string[] {
  if (ids.length === 0) return [];
  return [fitted(`○ never connected: ${ids.map(safeLine).join(', ')}`, look, 'dim')];
}

function moreClaims({ more_claims: count }: StatusAnswer): string[] {
  return count === undefined ? [] : [`  and ${count} more: paw-coordinator claims`];
}

function conflictLines(conflicts: NonNullable<StatusAnswer['conflicts']>, look: Look): string[] {
  const rows = conflicts.map(({ shape, paths, agents }): Cell[] => [
    { text: safeLine(paths.join(', ')) },
    { text: shape, format: shape === 'forward' ? 'yellow' : 'red' },
    { text: agents.map(safeLine).join(', ') },
  ]);
  return table(rows, { look, flexible: 0, indent: INDENT });
}

function questionLines(questions: NonNullable<StatusAnswer['questions']>, you: string, look: Look): string[] {
  const rows = questions.map(({ seq, from, to, text }): Cell[] => [
    { text: String(seq), format: 'bold' },
    { text: `${safeLine(from)} → ${to.map((id) => (id === you ? 'you' : safeLine(id))).join(', ')}` },
    { text: safeLine(text ?? '') },
  ]);
  const [first] = questions;
  if (first === undefined) return [];
  const hint = look.paint('dim', `  to answer: paw-coordinator answer ${first.seq} "…"`);
  return [...table(rows, { look, flexible: 2, indent: INDENT }), hint];
}

function workLine(work: Record<string, number>): string[] {
  const stages = Object.entries(work).filter(([, count]) => count > 0);
  return stages.length === 0 ? [] : [`  ${stages.map(([stage, count]) => `${count} ${safeLine(stage)}`).join(' · ')}`];
}

function outboxLines(sent: NonNullable<StatusAnswer['outbox']>, look: Look): string[] {
  const rows = sent.map(({ seq, type, to, read_by }): Cell[] => [
    { text: String(seq) },
    { text: type.slice(type.indexOf('.') + 1) },
    { text: to.map((id) => `${safeLine(id)}${read_by.includes(id) ? ' (read)' : ''}`).join(', ') },
  ]);
  return table(rows, { look, flexible: 2, indent: INDENT });
}

function mailLine({ inbox }: StatusAnswer, look: Look): string[] {
  if (inbox === undefined) return [];
  const urgent = inbox.urgent === undefined ? '' : `, ${inbox.urgent} urgent`;
  return [look.paint('yellow', `${counted(inbox.unread, 'message')} for you${urgent}: paw-coordinator inbox`)];
}

function learningsLine({ new_learnings: count }: StatusAnswer, look: Look): string[] {
  if (count === undefined) return [];
  return [look.paint('dim', `${counted(count, 'new lesson')} from the agents: paw-coordinator learnings`)];
}

function section(title: string, lines: readonly string[], look: Look): string[] {
  return lines.length === 0 ? [] : ['', look.paint('bold', title), ...lines];
}

function fitted(text: string, look: Look, format: Format): string {
  return look.paint(format, look.fits ? cut(text, look.width) : text);
}
