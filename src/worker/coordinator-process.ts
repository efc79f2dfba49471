import { isProvablyDead, readHighest } from '../repository/election.ts';
import { isThisMachine } from '../repository/process.ts';

/**
 * The pid of the living coordinator, in a list that is empty without one. The MCP server of an agent may have started
 * it, and it is everybody's.
 */
export function coordinatorOf(stateDir: string): number[] {
  try {
    const holder = readHighest(stateDir)?.holder;
    // The pid of one that is gone may be another process's by now.
    const isHere = holder !== undefined && isThisMachine(holder.host, holder.boot) && !isProvablyDead(holder);
    return isHere ? [holder.pid] : [];
  } catch {
    return [];
  }
}
