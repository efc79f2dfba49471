import type { RepositoryPlace } from '../repository/locate.ts';

/** One finding of `doctor`. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  /** What to do; always there if it is not ok. */
  fix?: string;
}

/** A repository, as the checks need it. */
export interface Place extends RepositoryPlace {
  stateDir: string;
}

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  /** Ends every check that waits. */
  signal: AbortSignal;
}

/** A finding that is as it should be. With `fix` something can be bettered all the same. */
export function good(name: string, detail: string, fix?: string): Check {
  return { name, ok: true, detail, ...(fix !== undefined && { fix }) };
}

export function bad(name: string, detail: string, fix: string): Check {
  return { name, ok: false, detail, fix };
}

/** The finding that something failed. Errors of this program end with what to do, so they are their own fix. */
export function failed(name: string, error: unknown, fix?: string): Check {
  const message = error instanceof Error ? error.message : String(error);
  const [problem, rest] = firstSentence(message);
  return bad(name, problem, fix ?? (rest || 'See coordinator.log in the state folder.'));
}

/** The first sentence of a message, which says what is wrong, and the rest. */
export function firstSentence(message: string): [first: string, rest: string] {
  const [first = message, ...rest] = message.split(/(?<=[^.]\.) (?=[A-Z])/);
  return [first, rest.join(' ')];
}
