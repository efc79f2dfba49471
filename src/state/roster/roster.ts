import { sweepAnew } from '../messages/swept.ts';
import type { State } from '../state.ts';

/** How an agent came by its id; decides what happens to it when its session or worktree goes. */
export type Origin =
  /** The slug of a worktree's branch. */
  | 'branch'
  /** The slug of a worktree's folder, on a detached HEAD. */
  | 'folder'
  /** Chosen by the user. */
  | 'user'
  /** A further session beside the one that has the id it is numbered after. */
  | 'session'
  /** Named by its parent. */
  | 'subagent'
  /** Given with the role: supervisor, human. */
  | 'role';

/** An agent: somebody who can be written to. */
export interface Agent {
  id: string;
  origin: Origin;
  role: 'agent' | 'supervisor' | 'human';
  /** Its worktree's branch. */
  branch?: string;
  /** Branches it was known by before. */
  aliases: string[];
  /** Absolute path of its worktree. */
  worktree?: string;
  /** That the worktree is on no branch, or in the middle of a rebase. */
  head?: 'detached' | 'rebasing';
  /** Whose subagent or further session it is; that agent inherits its mail. */
  parent?: string;
  /** Whether it ever connected or published. */
  met: boolean;
  /** The MCP client, as it named itself. */
  client?: string;
  label: string;
  /** The label to return to when its block ends. */
  labelBefore?: string;
  /** Newest text of its own. */
  text?: string;
  /** When it said that, in milliseconds of wall time. */
  textAt?: number;
  phase?: string;
  /** Uncommitted files. */
  files: string[];
  /** How many more files there are than `files` holds. */
  truncated?: number;
  /** Tip of its branch, as far as it is known. */
  tip?: string;
  /** The commit last verified. */
  verified?: string;
  /** Files that its branch has changed and the base does not have yet. */
  unmerged?: string[];
  /** Since when it has uncommitted files, in milliseconds of wall time. */
  dirtySince?: number;
  /** When its newest commit was seen, in milliseconds of wall time. */
  committedAt?: number;
  /** The newest commit that was announced in its name. */
  announced?: string;
  /** How often feedback was given on its branch since the newest commit. */
  feedbacks?: number;
  /** How often its work was sent back since it was last verified. */
  cycles?: number;
  /** How many learnings there were when it last searched them. */
  learned?: number;
  /** Wall time of its last journaled act, in milliseconds; presence knows the last call while the process runs. */
  seen: number;
}

/** A live binding of an MCP process to an agent. */
export interface Session {
  id: string;
  agent: string;
  pid: number;
  pid_started?: string;
  /** It is a headless worker's, which holds what the program it runs works on under the same id. */
  keeper?: true;
}

/** What an agent's connections say about it; volatile. */
export interface Presence {
  /** Open connections. */
  connections: number;
  /** Wall time of the last call, in milliseconds. */
  seen: number;
}

export type RosterEvent =
  | { kind: 'agent'; id: string; set: Partial<Omit<Agent, 'id'>>; unset?: (keyof Agent)[] }
  | { kind: 'agent-left'; id: string }
  | { kind: 'session'; session: Session }
  | { kind: 'session-ended'; id: string }
  /** `own`: the repository's own, and not one that is configured for now. */
  | { kind: 'base'; base: string; own?: true };

export function applyRosterEvent(state: State, event: RosterEvent, at: number): void {
  switch (event.kind) {
    case 'agent': {
      const before = state.agents.get(event.id) ?? newAgent(event.id, at);
      const after: Agent = { ...before, ...event.set };
      for (const key of event.unset ?? []) delete (after as Partial<Agent>)[key];
      state.agents.set(event.id, after);
      return;
    }
    case 'agent-left':
      state.agents.delete(event.id);
      if (state.inboxes.delete(event.id)) sweepAnew(state);
      state.gates.delete(event.id);
      state.nudges.delete(event.id);
      return;
    case 'session':
      state.sessions.set(event.session.id, event.session);
      return;
    case 'session-ended':
      state.sessions.delete(event.id);
      return;
    case 'base':
      state.base = event.base;
      if (event.own) state.ownBase = event.base;
      return;
  }
}

function newAgent(id: string, at: number): Agent {
  return { id, origin: 'user', role: 'agent', aliases: [], met: false, label: 'idle', files: [], seen: at };
}

/**
 * Whether an agent has a live connection. A helper lives on its parent's; the role mailbox has one while any
 * supervisor has.
 */
export function isOnline(state: State, agent: string): boolean {
  const { presence } = state.volatile;
  if ((presence.get(agent)?.connections ?? 0) > 0) return true;
  const known = state.agents.get(agent);
  if (known?.origin === 'subagent' && known.parent !== undefined) return isOnline(state, known.parent);
  if (agent !== SUPERVISOR) return false;
  for (const other of state.agents.values())
    if (other.role === 'supervisor' && (presence.get(other.id)?.connections ?? 0) > 0) return true;
  return false;
}

/** An agent and its helpers: all that live on its connection. */
export function family(state: State, agent: string): string[] {
  const ids = [agent];
  for (const other of state.agents.values())
    if (other.origin === 'subagent' && other.parent === agent) ids.push(other.id);
  return ids;
}

/** The mailboxes an agent reads: its own, and for every supervisor session the one of the role. */
export function mailboxesOf(state: State, agent: string): string[] {
  const role = state.agents.get(agent)?.role;
  return role === 'supervisor' && agent !== SUPERVISOR ? [agent, SUPERVISOR] : [agent];
}

/** Notes a call by an agent. A subagent's call is a sign of life of its parent too. */
export function touch(state: State, agent: string, wall: number): void {
  for (let id: string | undefined = agent; id !== undefined; ) {
    const presence = presenceOf(state, id);
    presence.seen = wall;
    const known = state.agents.get(id);
    id = known?.origin === 'subagent' ? known.parent : undefined;
  }
}

export function presenceOf(state: State, agent: string): Presence {
  let presence = state.volatile.presence.get(agent);
  if (!presence) {
    presence = { connections: 0, seen: 0 };
    state.volatile.presence.set(agent, presence);
  }
  return presence;
}

/** Wall time at which an agent was last seen, in milliseconds. */
export function seenAt(state: State, agent: string): number {
  return Math.max(state.volatile.presence.get(agent)?.seen ?? 0, state.agents.get(agent)?.seen ?? 0);
}

/** The mailbox of the role, shared by all supervisor sessions. */
export const SUPERVISOR = 'supervisor';
/** The operator at the command line. */
export const HUMAN = 'human';
/** Who the coordinator's own messages come from. */
export const COORDINATOR = 'coordinator';
/** In whose name headless workers ask for items; no agent can have this id. */
export const WORKERS = '~workers';
/** Word for every known agent. */
export const ALL = 'all';
/** Ids no branch can have. */
export const RESERVED: ReadonlySet<string> = new Set([SUPERVISOR, HUMAN, COORDINATOR, ALL]);
