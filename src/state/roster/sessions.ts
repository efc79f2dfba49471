import * as errors from '../../errors/routing.ts';
import type { Hello } from '../../protocol/requests.ts';
import { endClaimsOf } from '../claims/claims.ts';
import { endIntent } from '../claims/intents.ts';
import { noteBack, noteGone } from '../claims/leases.ts';
import { takeBack, unreadDirect } from '../messages/mail.ts';
import { closeOf } from '../messages/openings.ts';
import type { State } from '../state.ts';
import type { Now } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { freeRuns, noteKept } from '../work/runs.ts';
import { ensureRoles, idForBranch, idForFolder, nextId } from './identity.ts';
import { type Agent, family, HUMAN, presenceOf, RESERVED, type Session, SUPERVISOR, touch, WORKERS } from './roster.ts';
import { AGENT_ID } from './slug.ts';

/**
 * Which process speaks for which agent. A binding is made when a client has really begun, and lasts until
 * its process is dead or its connection has been gone for the grace of claims.
 */

/**
 * Binds a session to its agent and counts its connection.
 * @param dead sessions without a connection whose process no longer exists.
 * @returns the agent's id.
 * @throws PawError if the id chosen by the user cannot be one.
 */
export function hello(tx: Transaction, said: Hello, dead: readonly string[]): string {
  ensureRoles(tx);
  endSessions(tx, dead);
  if (said.kind === 'person') return HUMAN;
  // A worker that has nothing to do yet; for each item it connects once more, as the agent of the item's branch.
  if (said.kind === 'worker' && said.agent === undefined) return WORKERS;
  const bound = tx.state.sessions.get(said.session);
  const { id, first } = bound ? { id: bound.agent, first: undefined } : freeId(tx, said);
  enter(tx, id, first, said);
  if (said.kind === 'worker') noteKept(tx, id);
  if (!bound)
    tx.emit({
      kind: 'session',
      session: {
        id: said.session,
        agent: id,
        pid: said.pid,
        ...(said.pid_started === undefined ? {} : { pid_started: said.pid_started }),
        ...(said.kind === 'worker' ? { keeper: true } : {}),
      },
    });
  if (said.client_session !== undefined) tx.state.volatile.hooks.clientSessions.set(said.session, said.client_session);
  presenceOf(tx.state, id).connections += 1;
  touch(tx.state, id, tx.now.wall);
  for (const own of family(tx.state, id)) noteBack(tx.state, own);
  return id;
}

/**
 * Notes that a session's connection is gone. Its binding and its claims wait for the grace; what it was
 * handed goes back at once if the process is dead or said goodbye.
 */
export function disconnected(tx: Transaction, session: string, ended: boolean): void {
  const bound = tx.state.sessions.get(session);
  // A person's command is nobody's session, but may have taken mail without reading it.
  if (!bound) {
    takeBack(tx, session);
    return;
  }
  const presence = presenceOf(tx.state, bound.agent);
  presence.connections = Math.max(0, presence.connections - 1);
  if (presence.connections === 0) for (const id of family(tx.state, bound.agent)) noteGone(tx.state, tx.now, id);
  if (ended) endSessions(tx, [session]);
}

/** Ends bindings: what was delivered and not read is unread again, and a further session's mail goes to its first. */
export function endSessions(tx: Transaction, ids: readonly string[]): void {
  for (const id of ids) {
    const session = tx.state.sessions.get(id);
    if (!session) continue;
    takeBack(tx, id);
    tx.state.volatile.handed.delete(id);
    tx.state.volatile.hooks.clientSessions.delete(id);
    tx.emit({ kind: 'session-ended', id });
    freeRuns(tx, session.agent);
    const agent = tx.state.agents.get(session.agent);
    if (agent?.origin === 'session') handOn(tx, agent);
  }
}

/**
 * Notes, after a start, that nobody is connected yet: the grace of everybody who holds something, is bound, or has
 * helpers begins now.
 */
export function restarted(state: State, now: Now): void {
  const holders = [...state.claims.values()].map((claim) => claim.holder);
  const bound = [...state.sessions.values()].map((session) => session.agent);
  const waiting = [...state.waits.values()].map((wait) => wait.agent);
  const parents = [...state.agents.values()].flatMap(({ origin, parent }) => (origin === 'subagent' && parent) || []);
  for (const agent of new Set([...holders, ...bound, ...waiting, ...parents])) noteGone(state, now, agent);
}

/** Sessions without a connection, whose processes the coordinator looks at. */
export function unconnected(state: State): Session[] {
  return [...state.sessions.values()].filter(
    ({ agent }) => (state.volatile.presence.get(agent)?.connections ?? 0) === 0,
  );
}

/** Takes an agent off the roster: its claims, plans, questions and blocks end, and a helper's or further session's mail goes on. */
export function leave(tx: Transaction, id: string): void {
  const agent = tx.state.agents.get(id);
  if (!agent) return;
  for (const other of tx.state.agents.values()) if (other.parent === id) leave(tx, other.id);
  endSessions(
    tx,
    [...tx.state.sessions.values()].filter((session) => session.agent === id).map((session) => session.id),
  );
  handOn(tx, agent);
  endIntent(tx, id, 'gone');
  endClaimsOf(tx, id, 'gone');
  closeOf(tx, id);
  tx.emit({ kind: 'agent-left', id });
  tx.state.volatile.presence.delete(id);
}

/** The id for a new session; `first` is the agent it is numbered after, if that one is held by another session. */
function freeId(tx: Transaction, said: Hello): { id: string; first: string | undefined } {
  const wanted = wantedId(tx.state, said);
  if (said.kind === 'worker') return { id: wanted, first: undefined };
  for (const session of tx.state.sessions.values())
    if (session.agent === wanted && !session.keeper) return { id: nextId(tx.state, wanted), first: wanted };
  return { id: wanted, first: undefined };
}

function wantedId(state: State, said: Hello): string {
  if (said.role === 'supervisor') return SUPERVISOR;
  if (said.agent !== undefined) {
    if (!AGENT_ID.test(said.agent)) throw errors.badAgentId(said.agent);
    if (RESERVED.has(said.agent)) throw errors.reservedAgentId(said.agent);
    return said.agent;
  }
  if (said.branch !== undefined) return idForBranch(state, said.branch, said.worktree);
  return idForFolder(state, said.worktree ?? '');
}

function enter(tx: Transaction, id: string, first: string | undefined, said: Hello): void {
  const known = tx.state.agents.get(id);
  const aliases =
    known?.branch !== undefined && said.branch !== undefined && known.branch !== said.branch
      ? [...new Set([...known.aliases, known.branch])].filter((alias) => alias !== said.branch)
      : undefined;
  tx.emit({
    kind: 'agent',
    id,
    set: {
      origin: first === undefined ? originOf(said, known) : (known?.origin ?? 'session'),
      role: said.role,
      met: true,
      seen: tx.now.wall,
      ...(first === undefined ? {} : { parent: first }),
      ...(aliases === undefined ? {} : { aliases }),
      ...(said.branch === undefined ? {} : { branch: said.branch }),
      ...(said.worktree === undefined ? {} : { worktree: said.worktree }),
      ...(said.client === undefined ? {} : { client: said.client }),
    },
  });
}

function originOf(said: Hello, known: Agent | undefined): Agent['origin'] {
  const hasGotBranch = known?.origin === 'folder' && said.branch !== undefined;
  if (known && !hasGotBranch) return known.origin;
  if (said.agent !== undefined) return 'user';
  return said.branch === undefined ? 'folder' : 'branch';
}

function handOn(tx: Transaction, agent: Agent): void {
  if (agent.parent === undefined) return;
  const seqs = unreadDirect(tx.state, agent.id);
  if (seqs.length > 0) tx.emit({ kind: 'handed-on', from: agent.id, to: agent.parent, seqs });
}
