import type { Settings } from '../config/schema.ts';
import type { PawError } from '../errors/paw-error.ts';
import { commandNotFound } from '../errors/worker.ts';
import { STANDARD_PROGRAM } from './command.ts';
import { canStart } from './find-program.ts';
import { missingRemote } from './push.ts';

/** What is wrong while no run can come to anything, so that no item is to be taken; undefined if all is well. */
export async function obstacleTo(
  { commonDir, env, push }: { commonDir: string; env: NodeJS.ProcessEnv; push: boolean },
  { worker }: Settings,
): Promise<PawError | undefined> {
  const program = worker.command?.[0] ?? STANDARD_PROGRAM;
  if (!canStart(program, env)) return commandNotFound(program, worker.command === undefined);
  // A git that does not answer says so better when it is needed.
  return push || worker.push ? missingRemote(commonDir, { env }).catch(() => undefined) : undefined;
}
