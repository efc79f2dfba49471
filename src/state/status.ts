import type { RosterRow, StatusAnswer } from '../protocol/answers.ts';
import { CONFLICTS_SHOWN, OUTBOX_SHOWN } from '../protocol/limits.ts';
import type { StatusRequest } from '../protocol/requests.ts';
import { VERSION } from '../protocol/version.ts';
import type { Conflict } from './claims/claim-events.ts';
import { claimRows } from './claims/claim-view.ts';
import { claimsOf } from './claims/claims.ts';
import { isDirect } from './messages/inbox.ts';
import { inboxNote } from './messages/mail.ts';
import { has } from './messages/sorted.ts';
import { resolve } from './roster/identity.ts';
import { pauseOf } from './roster/pauses.ts';
import { type Agent, isOnline, seenAt } from './roster/roster.ts';
import { slug } from './roster/slug.ts';
import { summaryLine, summaryOf } from './roster/summary.ts';
import type { State } from './state.ts';
import { fitted } from './status-size.ts';
import { type Now, secondsBetween } from './time.ts';
import { workCounts } from './work/work-view.ts';

/** `status`: who is here, what each does and holds. Defaults are left out, so that a small team is a short answer. */
export function status(
  state: State,
  now: Now,
  you: string,
  request: StatusRequest,
  uptimeSeconds: number,
): Omit<StatusAnswer, 'inbox'> {
  const full = request.detail === 'full';
  const only = request.agent === undefined ? undefined : resolve(state, request.agent);
  const shown = [...state.agents.values()]
    .filter((agent) => only === undefined || agent.id === only)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const met = shown.filter((agent) => isMet(state, agent) || state.pauses.has(agent.id));
  const offline = shown.filter((agent) => !met.includes(agent)).map((agent) => agent.id);
  const claims = claimRows(state, now, full).filter((row) => only === undefined || row.holder === only);
  const conflicts = [...state.conflicts.values()].filter(concerns(only)).map((conflict) => conflictRow(conflict, full));
  const questions = [...state.openings.values()]
    .filter(({ kind, from, to }) => kind === 'question' && (only === undefined || from === only || to.includes(only)))
    .map(({ seq, from, to, text }) => ({ seq, from, to, text: full ? text : summaryLine(text) }));
  const work = workCounts(state);
  const answer = {
    you,
    agents: met.map((agent) => row(state, now, agent, full)),
    ...(offline.length === 0 ? {} : { offline }),
    ...(claims.length === 0 ? {} : { claims }),
    ...(conflicts.length === 0 ? {} : shownConflicts(conflicts, full)),
    ...(questions.length === 0 ? {} : { questions }),
    ...(work === undefined ? {} : { work }),
    ...(full ? { outbox: outbox(state, you) } : {}),
    uptime_seconds: uptimeSeconds,
    version: VERSION,
  };
  return full ? answer : fitted(answer);
}

/** Whether there is anything to say of an agent: it connected or published, or was seen at work off the base. */
function isMet(state: State, agent: Agent): boolean {
  if (agent.met) return true;
  return agent.branch !== state.base && (agent.files.length > 0 || agent.committedAt !== undefined);
}

/** The summary lists the newest conflicts and counts the others: one codemod can make a thousand. */
function shownConflicts(
  conflicts: NonNullable<StatusAnswer['conflicts']>,
  full: boolean,
): Pick<StatusAnswer, 'conflicts' | 'more_conflicts'> {
  const more = conflicts.length - CONFLICTS_SHOWN;
  return full || more <= 0 ? { conflicts } : { conflicts: conflicts.slice(-CONFLICTS_SHOWN), more_conflicts: more };
}

function row(state: State, now: Now, agent: Agent, full: boolean): RosterRow {
  const held = claimsOf(state, agent.id);
  const summary = summaryOf(state, agent.id);
  const unread = inboxNote(state, agent.id)?.unread ?? 0;
  const paused = pauseOf(state, agent.id);
  const branchIsPlain = agent.branch === undefined || slug(agent.branch) === agent.id;
  return {
    agent_id: agent.id,
    status: agent.label,
    ...(isOnline(state, agent.id) ? { online: true } : {}),
    last_seen_seconds: secondsBetween(seenAt(state, agent.id), now.wall),
    ...(summary === undefined ? {} : { summary }),
    ...(agent.phase === undefined ? {} : { phase: agent.phase }),
    ...files(agent, full),
    ...(held.length === 0 ? {} : { claims: held.length }),
    ...(unread === 0 ? {} : { unread }),
    ...(agent.branch !== undefined && (full || !branchIsPlain) ? { branch: agent.branch } : {}),
    ...(agent.role === 'supervisor' ? { role: 'supervisor' } : {}),
    ...(paused === undefined ? {} : { paused: full ? paused : summaryLine(paused) }),
    ...(full && agent.worktree !== undefined ? { worktree: agent.worktree } : {}),
    ...(full && agent.client !== undefined ? { client: agent.client } : {}),
    ...(agent.head === undefined ? {} : { head: agent.head }),
    ...(agent.worktree !== undefined && state.volatile.polled.has(agent.worktree) ? { watching: 'polling' } : {}),
  };
}

function files(agent: Agent, full: boolean): Pick<RosterRow, 'modified_files'> {
  const count = agent.files.length + (agent.truncated ?? 0);
  if (count === 0) return {};
  return { modified_files: full ? agent.files : count };
}

/** A conflict as `status` lists it; `full` shows the whole record. */
export function conflictRow(conflict: Conflict, full: boolean): NonNullable<StatusAnswer['conflicts']>[number] {
  const { id, shape, paths, agents, cross_kind, detected_at, state } = conflict;
  const more = full ? { ...(cross_kind ? { cross_kind } : {}), detected_at, state } : {};
  return { id, shape, paths, agents, ...more };
}

function concerns(only: string | undefined): (conflict: Conflict) => boolean {
  return (conflict) => only === undefined || conflict.agents.includes(only);
}

/** The newest direct messages of an agent, and who has read each. */
function outbox(state: State, agent: string): NonNullable<StatusAnswer['outbox']> {
  const sent: NonNullable<StatusAnswer['outbox']> = [];
  for (const message of [...state.messages.values()].reverse()) {
    if (message.agent_id !== agent || !isDirect(message)) continue;
    const read_by = message.to.filter((mailbox) => isRead(state, mailbox, message.seq));
    sent.push({ seq: message.seq, type: message.type, to: message.to, read_by });
    if (sent.length === OUTBOX_SHOWN) break;
  }
  return sent;
}

function isRead(state: State, mailbox: string, seq: number): boolean {
  const inbox = state.inboxes.get(mailbox);
  if (!inbox || !has(inbox.entries, seq)) return false;
  return !has(inbox.urgent, seq) && !has(inbox.normal, seq) && !inbox.delivered.has(seq);
}
