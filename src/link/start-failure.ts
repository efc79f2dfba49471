import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const schema = z.object({ at: z.number(), message: z.string() });

/**
 * Leaves the reason why a coordinator could not start where the process that started it finds it: a
 * coordinator in the background has no terminal. Called by the coordinator before it exits.
 * Best effort: a folder that cannot be written is itself the failure, and the starter meets it too.
 */
export function writeStartFailure(stateDir: string, message: string): void {
  try {
    writeFileSync(fileIn(stateDir), JSON.stringify({ at: Date.now(), message }), { mode: 0o600 });
  } catch {}
}

/** The reason written since `since` (wall clock, milliseconds), or undefined. */
export function readStartFailure(stateDir: string, since: number): string | undefined {
  try {
    const { at, message } = schema.parse(JSON.parse(readFileSync(fileIn(stateDir), 'utf8')));
    return at >= since ? message : undefined;
  } catch {
    return undefined;
  }
}

/** Forgets the reason. Called by the coordinator once it runs. */
export function clearStartFailure(stateDir: string): void {
  rmSync(fileIn(stateDir), { force: true });
}

function fileIn(stateDir: string): string {
  return join(stateDir, 'coordinator.failed');
}
