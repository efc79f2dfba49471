import { resolvedBy } from '../roster/identity.ts';
import { distinctSlug, slug } from '../roster/slug.ts';
import type { State } from '../state.ts';

/** What is still known of a branch that may have been deleted once it was merged. */

/** Whether a branch is or was that of an agent, or of a work item. */
export function wasSeen(state: State, branch: string): boolean {
  const agent = state.agents.get(resolvedBy(state, branch) ?? '');
  if (agent !== undefined && agent.origin !== 'role') return true;
  for (const item of state.items.values()) if (item.branch === branch) return true;
  // Its agent left with its worktree. Only a name that nobody has now is looked for here.
  const ids = [branch, slug(branch), distinctSlug(branch)];
  for (const { agent_id } of state.messages.values()) if (ids.includes(agent_id)) return true;
  return false;
}

/** The branches of all agents, by which a misspelled one is recognised. */
export function branchesOf(state: State): string[] {
  return [...state.agents.values()].flatMap(({ branch }) => branch ?? []);
}
