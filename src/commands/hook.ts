import { runHook } from '../clients/hook-run.ts';
import { unknownHookEvent } from '../errors/hooks.ts';
import { HOOK_EVENTS } from '../protocol/hook-events.ts';

/** `paw-coordinator hook EVENT`: what a client runs at that moment. Reads stdin, writes stdout, and always ends with 0. */
export async function hook(given: string): Promise<void> {
  const event = HOOK_EVENTS.find((name) => name === given);
  if (event === undefined) throw unknownHookEvent(given, HOOK_EVENTS);
  await runHook(event);
}
