import process from 'node:process';
import type { HelloInput } from '../protocol/requests.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { processStart } from '../repository/process.ts';

/**
 * What this process says first on a new link.
 *
 * @param kept the agent whose keeper it is on that link; none on the one by which it takes items
 */
export function workerHello(kept: { agent?: string; branch?: string } = {}): HelloInput {
  const started = processStart(process.pid);
  return {
    protocol: PROTOCOL_VERSION,
    kind: 'worker',
    session: crypto.randomUUID(),
    pid: process.pid,
    ...(started !== undefined && { pid_started: started }),
    ...kept,
  };
}
