import { parseArgs } from 'node:util';

/** The options of `paw-coordinator mcp`. */
export interface McpOptions {
  agent?: string | undefined;
  role?: string | undefined;
}

/**
 * Reads the arguments after `mcp` without the parser of the other commands, which every start of an agent would
 * pay for. Undefined for anything else than its options: the full parser then shows the help or what is wrong.
 */
export function mcpOptions(args: readonly string[]): McpOptions | undefined {
  try {
    return parseArgs({ args: [...args], options: { agent: { type: 'string' }, role: { type: 'string' } } }).values;
  } catch {
    return undefined;
  }
}
