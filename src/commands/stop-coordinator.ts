import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotStop, stillRunning } from '../errors/commands.ts';
import type { Channel } from '../link/channel.ts';
import { findCoordinator } from '../link/find.ts';
import { type Holder, isProvablyDead } from '../repository/election.ts';
import { isAlive, isThisMachine } from '../repository/process.ts';

/** How long a coordinator may take to say that it stops, in milliseconds; then it is sent SIGTERM. */
const ANSWER_MAX_MS = 2_000;
/** How long its process may take to end, in milliseconds. */
const END_MAX_MS = 15_000;
const LOOK_EVERY_MS = 20;

/**
 * Ends the coordinator with this state folder in order, and resolves with its process id when the process is
 * gone; with undefined if none runs. Works with a coordinator of any version of the link.
 *
 * @throws PawError if it cannot be told, or does not end
 */
export async function stopCoordinator(stateDir: string): Promise<number | undefined> {
  const found = await findCoordinator(stateDir);
  if (found.state === 'none' || found.state === 'stopped' || found.state === 'dead') return undefined;
  const { holder } = found;
  const told = found.state === 'living' && (await ask(found.channel));
  if (!told) terminate(holder);
  await untilGone(holder);
  return holder.pid;
}

/** Whether it has said that it stops. */
async function ask(channel: Channel): Promise<boolean> {
  try {
    await channel.request('stop', {}, AbortSignal.timeout(ANSWER_MAX_MS));
    return true;
  } catch {
    return false;
  } finally {
    channel.close();
  }
}

/** SIGTERM ends a coordinator in order too; on Windows it ends it at once, which its journal is made for. */
function terminate(holder: Holder): void {
  if (isProvablyDead(holder)) return;
  try {
    if (!isThisMachine(holder.host, holder.boot)) throw new Error(`it runs on ${holder.host}`);
    process.kill(holder.pid, 'SIGTERM');
  } catch (error) {
    if (!isProvablyDead(holder)) throw cannotStop(holder.pid, error);
  }
}

async function untilGone({ pid, pid_started }: Holder): Promise<void> {
  const deadline = performance.now() + END_MAX_MS;
  while (isAlive(pid, pid_started)) {
    if (performance.now() >= deadline) throw stillRunning(pid, END_MAX_MS);
    await sleep(LOOK_EVERY_MS);
  }
}
