import { badAgentId, reservedAgentId } from '../errors/routing.ts';
import { unknownRole } from '../errors/session.ts';

/** As whom a session was started. */
export interface AgentOptions {
  role: 'agent' | 'supervisor';
  /** An id chosen by the user. Without one the agent is named for its branch; a supervisor never has one. */
  agent?: string;
}

/** What the command line says; the environment fills in what it leaves out. */
export interface GivenOptions {
  role?: string | undefined;
  agent?: string | undefined;
}

const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,63}(\.[a-z0-9][a-z0-9_-]{0,31})?$/;
const RESERVED = ['supervisor', 'human', 'coordinator', 'all'];

/**
 * Options come first, then `PAW_ROLE` and `PAW_AGENT_ID`. An empty value counts as not set, because clients
 * write one for a variable they do not know.
 *
 * @throws PawError `invalid` if the role does not exist or the id cannot be one
 */
export function agentOptions(given: GivenOptions, env: NodeJS.ProcessEnv): AgentOptions {
  const role = firstSet(['--role', given.role], ['PAW_ROLE', env.PAW_ROLE]);
  if (role !== undefined && role.value !== 'agent' && role.value !== 'supervisor') {
    throw unknownRole(role.source, role.value);
  }
  const agent = firstSet(['--agent', given.agent], ['PAW_AGENT_ID', env.PAW_AGENT_ID]);
  if (agent !== undefined) checkId(agent.value);
  if (role?.value === 'supervisor') return { role: 'supervisor' };
  return { role: 'agent', ...(agent !== undefined && { agent: agent.value }) };
}

function checkId(id: string): void {
  if (RESERVED.includes(id)) throw reservedAgentId(id);
  if (!AGENT_ID.test(id)) throw badAgentId(id);
}

function firstSet(
  ...choices: [source: string, value: string | undefined][]
): { source: string; value: string } | undefined {
  for (const [source, value] of choices) {
    const text = value?.trim() ?? '';
    if (text !== '') return { source, value: text };
  }
  return undefined;
}
