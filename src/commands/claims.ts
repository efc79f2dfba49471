import { withCoordinator } from './coordinator-link.ts';
import { print, printJson, stdoutLook } from './output.ts';
import { claimLines } from './render/claims.ts';

/** `paw-coordinator claims`: what is reserved, by whom, and who waits for it. */
export async function claims({ json = false }: { json?: boolean }): Promise<void> {
  const answer = await withCoordinator((link) => link.request('status', { detail: 'full' }));
  const held = answer.claims ?? [];
  if (json) printJson(held);
  else if (held.length === 0) print('Nothing is claimed.');
  else print(...claimLines(held, stdoutLook()));
}
