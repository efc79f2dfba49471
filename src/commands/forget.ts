import process from 'node:process';
import { notALearningId } from '../errors/commands.ts';
import { LEARNING_ID_MAX_CHARS, LEARNING_ID_MIN_CHARS } from '../protocol/limits.ts';
import { forgetRequestSchema } from '../protocol/requests.ts';
import { withCoordinator } from './coordinator-link.ts';
import { WRONG_USAGE } from './exit.ts';
import { print, printJson } from './output.ts';
import { safeLine } from './render/safe-text.ts';

/** `paw-coordinator learnings forget ID`: takes a lesson away for good. */
export async function forget(given: string, { json = false }: { json?: boolean }): Promise<void> {
  const request = forgetRequestSchema.safeParse({ id: given });
  if (!request.success) {
    const { message } = notALearningId(safeLine(given), LEARNING_ID_MIN_CHARS, LEARNING_ID_MAX_CHARS);
    process.stderr.write(`error: ${message}\n`);
    process.exitCode = WRONG_USAGE;
    return;
  }
  const answer = await withCoordinator((link) => link.request('forget', request.data));
  if (json) printJson(answer);
  else print(`Forgotten: ${safeLine(answer.forgotten)}`);
}
