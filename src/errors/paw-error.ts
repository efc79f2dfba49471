/**
 * Every error a user or an agent can meet is a `PawError`, and all of them are made in this folder: one
 * function per error, in the file of its area. Each message says what was wrong, what would be right, and
 * the next step.
 */

export type ErrorCode =
  /** The input is not what the call takes. */
  | 'invalid'
  /** The input is well formed, and the rules or somebody else stand against it. */
  | 'refused'
  /** What was named does not exist. */
  | 'unknown'
  /** The coordinator cannot be reached, or is going away. A later try may succeed. */
  | 'unavailable'
  /** State could not be written or read. */
  | 'storage'
  /** Something on this machine stands in the way: a file, an owner, a version, no repository. */
  | 'environment'
  /** A defect of this program. */
  | 'internal';

export class PawError extends Error {
  override readonly name = 'PawError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The `PawError` an unexpected error is shown as; a `PawError` is returned as it is. */
export function toPawError(error: unknown): PawError {
  if (error instanceof PawError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new PawError(
    'internal',
    `Something went wrong inside paw-coordinator: ${detail}. Try once more; if it happens again, look into coordinator.log with \`paw-coordinator doctor\`.`,
    { cause: error },
  );
}
