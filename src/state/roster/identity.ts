import * as errors from '../../errors/routing.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { type Agent, HUMAN, RESERVED, SUPERVISOR } from './roster.ts';
import { CHILD_MAX_CHARS, distinctSlug, slug } from './slug.ts';

/** Who a name means, and which id a branch, a folder or a helper gets. */

/**
 * The id of the agent a caller means by an id or a branch. An id is taken at its word before it is read as a
 * branch; the slash and the dash form of a branch are the same agent.
 * @throws PawError if nobody of that name is known.
 */
export function resolve(state: State, name: string): string {
  const id = resolvedBy(state, name);
  if (id === undefined) throw errors.unknownAgent(name, knownIds(state));
  return id;
}

/** As `resolve`; undefined if nobody of that name is known. */
export function resolvedBy(state: State, name: string): string | undefined {
  if (state.agents.has(name)) return name;
  const byBranch = ownerOf(state, name);
  if (byBranch) return byBranch.id;
  const id = slug(name);
  if (state.agents.has(id)) return id;
  // The id that would go with a branch whose agent was there before it, or that went with a former name.
  const isMeant = (branch: string): boolean => slug(branch) === id;
  const owners = [...state.agents.values()].filter(({ origin }) => origin === 'branch');
  const owner =
    owners.find(({ branch }) => branch !== undefined && isMeant(branch)) ??
    owners.find(({ aliases }) => aliases.some(isMeant));
  return owner?.id;
}

/** Everybody who can be written to, sorted. */
export function knownIds(state: State): string[] {
  return [...state.agents.keys()].sort();
}

/** The agent that a branch stands for: by its name now, or one it had before. */
export function ownerOf(state: State, branch: string): Agent | undefined {
  let formerly: Agent | undefined;
  for (const agent of state.agents.values()) {
    if (agent.origin !== 'branch') continue;
    if (agent.branch === branch) return agent;
    if (agent.aliases.includes(branch)) formerly ??= agent;
  }
  return formerly;
}

/** The agent in whose name a worktree's changes are told: that of its branch, or else of its folder. */
export function resolveWorktree(state: State, worktree: string): Agent | undefined {
  let ofFolder: Agent | undefined;
  for (const agent of state.agents.values()) {
    if (agent.worktree !== worktree) continue;
    if (agent.origin === 'branch') return agent;
    if (agent.origin === 'folder') ofFolder ??= agent;
  }
  return ofFolder;
}

/**
 * The id for a branch: the one it has, its slug, or its slug told apart from another branch's. What its own worktree was
 * called after its folder, before it had a branch, is nobody else's name.
 */
export function idForBranch(state: State, branch: string, worktree?: string): string {
  const owner = ownerOf(state, branch);
  if (owner) return owner.id;
  const plain = slug(branch);
  return isFree(state, plain) || isFolder(state.agents.get(plain), worktree) ? plain : distinctSlug(branch);
}

/** The id for a detached worktree: after its folder, unless somebody of another worktree has that name. */
export function idForFolder(state: State, worktree: string): string {
  for (const agent of state.agents.values()) if (isFolder(agent, worktree)) return agent.id;
  const folder = worktree.split(/[\\/]/).filter(Boolean).at(-1) ?? '';
  const plain = slug(folder);
  const here = state.agents.get(plain);
  const isOwn = here?.origin === 'branch' && here.worktree === worktree;
  return isOwn || isFree(state, plain) ? plain : distinctSlug(folder, worktree);
}

/** Whether a live session speaks for an agent. */
export function isBound(state: State, agent: string): boolean {
  for (const session of state.sessions.values()) if (session.agent === agent) return true;
  return false;
}

/** The lowest free `id-2`, `id-3` … for a further session of `id`. */
export function nextId(state: State, id: string): string {
  for (let number = 2; ; number += 1) {
    const candidate = `${id}-${number}`;
    if (!state.agents.has(candidate)) return candidate;
  }
}

/**
 * The id under which a call by `caller` is made: its own, or that of the helper it names. A helper that is
 * new is entered in the roster.
 * @throws PawError if the name is the caller's own, somebody else's, or a role's.
 */
export function actingAs(tx: Transaction, caller: string, subagent: string | undefined): string {
  if (subagent === undefined) return caller;
  const short = subagent.startsWith(`${caller}.`) ? subagent.slice(caller.length + 1) : subagent;
  const name = slug(short, CHILD_MAX_CHARS);
  if (!/[a-z0-9_]/i.test(short)) throw errors.badSubagent(subagent);
  const known = [short, name].some((id) => tx.state.agents.has(id) || RESERVED.has(id));
  if (known || short === caller || ownerOf(tx.state, short)) throw errors.notYourChild(subagent, caller);
  const id = `${caller}.${name}`;
  if (!tx.state.agents.has(id)) {
    const parent = tx.state.agents.get(caller);
    tx.emit({
      kind: 'agent',
      id,
      set: {
        origin: 'subagent',
        parent: caller,
        met: true,
        ...(parent?.worktree === undefined ? {} : { worktree: parent.worktree }),
        ...(parent?.branch === undefined ? {} : { branch: parent.branch }),
      },
    });
  }
  return id;
}

/** Makes sure that the role mailboxes exist. */
export function ensureRoles(tx: Transaction): void {
  for (const [id, role] of [
    [SUPERVISOR, 'supervisor'],
    [HUMAN, 'human'],
  ] as const)
    if (!tx.state.agents.has(id)) tx.emit({ kind: 'agent', id, set: { origin: 'role', role } });
}

function isFolder(agent: Agent | undefined, worktree: string | undefined): boolean {
  return agent?.origin === 'folder' && worktree !== undefined && agent.worktree === worktree;
}

function isFree(state: State, id: string): boolean {
  return !state.agents.has(id) && !RESERVED.has(id);
}
