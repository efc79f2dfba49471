import type { PawError } from '../errors/paw-error.ts';

/** Whether the same call may go better later: no coordinator, a full disk, a pause. */
export function mayPass({ code }: PawError): boolean {
  return code === 'unavailable' || code === 'storage' || code === 'environment' || code === 'refused';
}
