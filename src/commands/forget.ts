import { withCoordinator } from './coordinator-link.ts';
import { print, printJson } from './output.ts';
import { safeLine } from './render/safe-text.ts';

/** `paw-coordinator learnings forget ID`: takes a lesson away for good. */
export async function forget(id: string, { json = false }: { json?: boolean }): Promise<void> {
  const answer = await withCoordinator((link) => link.request('forget', { id }));
  if (json) printJson(answer);
  else print(`Forgotten: ${safeLine(answer.forgotten)}`);
}
