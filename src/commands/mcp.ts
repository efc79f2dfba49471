import { runAgent } from '../agent/main.ts';
import type { GivenOptions } from '../agent/options.ts';
import { PawError } from '../errors/paw-error.ts';

/** Exit code of a wrong option. */
const WRONG_USAGE = 2;

/** `paw-coordinator mcp`: the MCP server of one agent, over stdin and stdout. */
export function mcp(options: GivenOptions): void {
  try {
    runAgent(options);
  } catch (error) {
    if (!(error instanceof PawError)) throw error;
    console.error(error.message);
    process.exitCode = WRONG_USAGE;
  }
}
