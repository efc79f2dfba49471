import { worktreeGone } from '../errors/lifecycle.ts';
import type { Caller } from '../state/calls.ts';
import { actingAs } from '../state/roster/identity.ts';
import type { Desk, Party } from './desk.ts';

/** The agent in whose name a call is made; a helper that calls for the first time is entered first. */
export async function callerOf(desk: Desk, party: Party, subagent: string | undefined): Promise<Caller> {
  // Its worktree was removed, and everything of it with the worktree.
  if (party.kind === 'agent' && !desk.engine.state.sessions.has(party.session)) throw worktreeGone(party.agent);
  if (subagent === undefined) return party;
  const agent = await desk.engine.decide((tx) => actingAs(tx, party.agent, subagent));
  return { agent, session: party.session };
}
